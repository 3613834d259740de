# One generator resumed by all: each value once, and the only error is "already executing".
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


def numbers(n):
    for i in range(n):
        yield i


seen = [[] for _ in range(THREADS)]
current = [numbers(20000)]


def work(n, stop):
    gen = current[0]
    while True:
        try:
            seen[n].append(next(gen))
        except StopIteration:
            return
        except ValueError as e:
            assert str(e) == "generator already executing", e


run(work)
everything = sorted(x for part in seen for x in part)
assert everything == list(range(20000)), len(everything)
print("ok")
