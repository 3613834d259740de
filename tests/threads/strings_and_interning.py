# Strings and big integers made at the same time; dict look-ups by freshly made equal keys.
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


table = {f"key{i}": i for i in range(100)}


def work(n, stop):
    while not stop():
        for i in range(100):
            assert table["key" + str(i)] == i
            assert sys.intern("interned" + str(i)) is sys.intern(f"interned{i}")
        text = "".join(chr(97 + (n + i) % 26) for i in range(50))
        assert text[0] == chr(97 + n % 26) and len(set(text)) == 26
        assert (3**200 + n) - 3**200 == n
        assert hash("shared hash") == hash("shared" + " hash")


run(work)
print("ok")
