# No append to a shared list is lost, and each thread's items keep their order.
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


shared = []
counts = [0] * THREADS


def work(n, stop):
    i = 0
    while not stop():
        for _ in range(200):
            shared.append((n, i))
            i += 1
        if len(shared) > 2_000_000:
            break
    counts[n] = i


run(work)
assert len(shared) == sum(counts), (len(shared), sum(counts))
last = [-1] * THREADS
for n, i in shared:
    assert i == last[n] + 1
    last[n] = i
print("ok")
