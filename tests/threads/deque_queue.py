# Items pass through a shared deque: none lost, none twice.
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


from collections import deque

shared = deque()
made = [0] * THREADS
got = [[] for _ in range(THREADS)]
done = [False] * THREADS


def work(n, stop):
    if n % 2 == 0:
        i = 0
        while not stop() and i < 200000:
            shared.append(n * 10**9 + i)
            i += 1
        made[n] = i
        done[n] = True
    else:
        while True:
            try:
                got[n].append(shared.popleft())
            except IndexError:
                if all(done[::2]) and not shared:
                    return


run(work)
everything = [x for part in got for x in part]
assert len(everything) == sum(made)
assert len(set(everything)) == len(everything)
print("ok")
