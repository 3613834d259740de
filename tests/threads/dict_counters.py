# Every thread owns a key of one dict; inserts and deletes of other keys go on around it.
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


shared = {n: 0 for n in range(THREADS)}
counts = [0] * THREADS


def work(n, stop):
    i = 0
    while not stop():
        for _ in range(100):
            shared[n] += 1
            i += 1
            k = ("t", n, i % 50)
            shared[k] = i
            assert shared[k] == i
            if i % 3 == 0:
                del shared[k]
                assert k not in shared
    counts[n] = i


run(work)
for n in range(THREADS):
    assert shared[n] == counts[n]
print("ok")
