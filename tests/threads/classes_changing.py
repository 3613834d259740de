# Methods are replaced and classes made while others call them.
import sys
import threading
import time

SECONDS = float(sys.argv[sys.argv.index("--seconds") + 1]) if "--seconds" in sys.argv else 0.5
THREADS = 8
errors = []


def run(work):
    """Runs `work(thread number, stop)` on all threads; `stop()` says when the time is up."""
    end = time.monotonic() + SECONDS
    gate = threading.Barrier(THREADS)

    def body(n):
        try:
            gate.wait()
            work(n, lambda: time.monotonic() >= end)
        except BaseException as e:
            errors.append(f"thread {n}: {type(e).__name__}: {e}")

    threads = [threading.Thread(target=body, args=(n,)) for n in range(THREADS)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if errors:
        print(*errors[:5], sep="\n")
        sys.exit(1)


class Base:
    def value(self):
        return 0


class Child(Base):
    def extra(self):
        return self.value() + 1


objects = [Child() for _ in range(4)]


def work(n, stop):
    i = 0
    while not stop():
        i += 1
        for o in objects:
            assert o.extra() in range(1, 11)
        if n == 0:
            Base.value = lambda self, k=i % 10: k
        elif n == 1:
            C = type(f"C{i % 5}", (Child,), {"value": lambda self: 3})
            assert C().extra() == 4 and isinstance(C(), Base)
        elif n == 2:
            Child.flag = i
            assert objects[0].flag >= 1 or True


run(work)
print("ok")
