# Slices counted from the end of a list whose length changes: their bounds are fitted to the length of one moment.
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


# One thread makes it longer, the others shorter; it never has fewer than 30 items, so `[-10:]` has ten.
shared = list(range(30))
extra = THREADS * 2


def work(n, stop):
    while not stop():
        if n % 2:
            shared.append(n)
            shared.append(n)
            shared.pop()
            shared.pop()
            continue
        for _ in range(20):
            assert len(shared[-10:]) == 10
            assert len(shared[-10::2]) == 5
            assert len(shared[-1:-11:-1]) == 10
            assert len(shared[:-20]) <= 10 + extra
            shared[-5:-5] = [n, n]
            del shared[-2:]
            shared[-4:-2] = [n, n]
            shared[-1:-9:-2] = [n, n, n, n]


run(work)
assert len(shared) == 30, len(shared)
print("ok")
