# Attributes of one object: new names, deletions, class changes; a thread's own attribute is its own.
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


class Thing:
    shared_class_attribute = 0

    def method(self, x):
        return x + 1


thing = Thing()


def work(n, stop):
    i = 0
    name = f"own{n}"
    while not stop():
        for _ in range(100):
            i += 1
            setattr(thing, name, i)
            assert getattr(thing, name) == i
            thing.common = i
            assert type(thing.common) is int
            assert thing.method(i) == i + 1
            if i % 7 == 0:
                delattr(thing, name)
                assert not hasattr(thing, name)
            if i % 50 == 0:
                Thing.shared_class_attribute = i
                assert type(thing.shared_class_attribute) is int
        setattr(thing, f"temp{n}_{i % 300}", i)


run(work)
print("ok")
