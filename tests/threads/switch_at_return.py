"""A finaliser of a variable that ends with a compiled function starts a thread: what is still to be dropped is shared by then."""
import sys
import threading

shared = [object() for _ in range(8)]
stop = threading.Event()
lived = []


def busy():
    # Takes and drops references to the same objects until the function has returned.
    held = []
    while not stop.is_set():
        held.append(list(shared))
        if len(held) > 20:
            held.clear()


class Starts:
    def __init__(self, n):
        self.n = n

    def __del__(self):
        if self.n % 400 == 399:
            stop.clear()
            t = threading.Thread(target=busy)
            t.start()
            lived.append(t)


def ends(n):
    first = Starts(n)
    a, b, c, d = shared[0], shared[1], shared[2], [shared[3], shared[4]]
    e = shared[n & 7]
    return e if n & 1 else d


def main():
    odd = 0
    for i in range(8000):
        r = ends(i)
        odd += type(r) is object
        if lived:
            stop.set()
            lived.pop().join()
    assert odd == 4000, odd
    counts = [sys.getrefcount(o) for o in shared]
    assert all(2 <= n < 40 for n in counts), counts
    print("ok")


main()
