# One iterator of a list, range or dict shared by all: items come from the source. The two halves of a pair may be of
# different steps: enumerate and zip take them one after the other.
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


import itertools

source = list(range(5000))
iters = [iter(source), iter(range(5000)), iter({i: None for i in range(5000)}), itertools.count(), enumerate(source), zip(source, source), map(str, source)]
counts = [[] for _ in range(THREADS)]


def work(n, stop):
    for it in iters:
        for _ in range(400):
            try:
                value = next(it, None)
            except (RuntimeError, ValueError) as e:
                continue
            if it is iters[3]:
                counts[n].append(value)
            if type(value) is tuple and value:
                assert type(value[0]) is int and value[1] in range(5000), value


run(work)
numbers = [x for part in counts for x in part]
assert len(set(numbers)) == len(numbers)
print("ok")
