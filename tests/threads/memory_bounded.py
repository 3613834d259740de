# A thread that makes and drops objects and storage while others run: what waits for a grace period stays bounded.
import sys
import threading
import time

SECONDS = float(sys.argv[sys.argv.index("--seconds") + 1]) if "--seconds" in sys.argv else 0.5
THREADS = 4
errors = []
MOST = 160 << 20


def resident():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * 4096


class Node:
    def __init__(self, value):
        self.value = value
        self.items = [value, str(value)]


shared = {}
end = time.monotonic() + SECONDS
start = resident()


def churn(n):
    try:
        i = made = 0
        while time.monotonic() < end:
            for _ in range(200):
                i += 1
                # Published, dropped by the next round: through the limbo.
                shared[n, i % 7] = Node(i)
                # Storage that grows is replaced, and retired.
                big = list(range(2000))
                big.append(i)
                shared[n] = big
                made += 16_000
            if resident() - start > MOST:
                errors.append(f"thread {n}: {resident() - start >> 20} MiB after {made >> 20} MiB")
                return
    except BaseException as e:
        errors.append(f"thread {n}: {type(e).__name__}: {e}")


def idle():
    while time.monotonic() < end:
        time.sleep(0.01)


threads = [threading.Thread(target=churn, args=(n,)) for n in range(THREADS)]
threads.append(threading.Thread(target=idle))
for t in threads:
    t.start()
for t in threads:
    t.join()
if errors:
    print(*errors, sep="\n")
    sys.exit(1)
print("ok")
