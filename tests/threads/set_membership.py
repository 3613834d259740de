# One set, many threads: each thread's own items behave as if it were alone.
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


shared = set()


def work(n, stop):
    i = 0
    while not stop():
        for _ in range(100):
            i += 1
            item = (n, i % 64)
            shared.add(item)
            assert item in shared
            shared.discard(item)
            assert item not in shared
        try:
            for item in shared:
                assert type(item) is tuple and len(item) == 2
        except RuntimeError:
            pass
        assert all(type(x) is tuple for x in shared.copy())


run(work)
assert not shared
print("ok")
