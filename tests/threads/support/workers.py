"""Threads that work on shared objects for a while."""
import sys
import threading
import time

SECONDS = float(sys.argv[sys.argv.index("--seconds") + 1]) if "--seconds" in sys.argv else 0.5
THREADS = 8
errors = []


def run(work, threads=THREADS, seconds=SECONDS):
    """Runs `work(thread number, stop)` on all threads; `stop()` says when the time is up. Ends the program if one has failed."""
    end = time.monotonic() + seconds
    gate = threading.Barrier(threads)

    def body(n):
        try:
            gate.wait()
            work(n, lambda: time.monotonic() >= end)
        except BaseException as e:
            errors.append(f"thread {n}: {type(e).__name__}: {e}")

    started = [threading.Thread(target=body, args=(n,)) for n in range(threads)]
    for t in started:
        t.start()
    for t in started:
        t.join()
    if errors:
        print(*errors[:5], sep="\n")
        sys.exit(1)
