# setdefault and pop are atomic: exactly one thread wins each key.
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


shared = {}
won = [0] * THREADS
rounds = 2000
turn = [threading.Barrier(THREADS), 0]


def work(n, stop):
    for i in range(rounds):
        if shared.setdefault(i, n) == n:
            won[n] += 1
    turn[0].wait()
    for i in range(rounds):
        if shared.pop(i, None) is not None:
            won[n] += 1000000


run(work)
total = sum(won)
assert total % 1000000 == rounds, total
assert total // 1000000 == rounds, total
assert not shared
print("ok")
