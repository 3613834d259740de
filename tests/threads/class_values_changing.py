# Class attributes and bases are replaced while other threads look them up in every way: nobody finds a value that has gone.
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


class Left:
    side = [1, 1]


class Right:
    side = [2, 2]


class Base:
    pair = [0, 0]


class Child(Base, Left):
    pass


thing = Child()


def same(pair):
    assert type(pair) is list and len(pair) == 2 and pair[0] == pair[1], pair


def work(n, stop):
    i = n
    while not stop():
        for _ in range(50):
            i += THREADS
            if n < 2:
                # Two write the same name, so that each also replaces what the other has just stored.
                Base.pair = [i, i]
            elif n == 2:
                Child.own = [i, i]
                same(Child.own)
                del Child.own
            elif n == 3:
                fresh = type("Fresh", (Right if i % 16 else Left,), {"side": [i, i]})
                Child.__bases__ = (Base, fresh)
            else:
                same(thing.pair)
                same(Child.pair)
                same(getattr(thing, "pair"))
                same(getattr(thing, "own", [0, 0]))
                same(thing.side)
                same(Child.side)


run(work)
print("ok")
