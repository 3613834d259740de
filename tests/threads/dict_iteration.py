# Iterating while others insert: RuntimeError, or pairs that were really there. Never a made-up pair.
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


shared = {i: i * 3 for i in range(200)}


def work(n, stop):
    i = n
    while not stop():
        i += 1
        if n % 2:
            for k in range(50):
                key = (i * 17 + k) % 2000
                shared[key] = key * 3
                if k % 4 == 0:
                    shared.pop((key + 7) % 2000, None)
        else:
            try:
                for k, v in shared.items():
                    assert v == k * 3, (k, v)
            except RuntimeError as e:
                assert "changed" in str(e), e
            for k, v in list(shared.items()):
                assert v == k * 3, (k, v)
            assert shared.get(5, 15) == 15
            copy = shared.copy()
            for k in copy:
                assert copy[k] == k * 3


run(work)
print("ok")
