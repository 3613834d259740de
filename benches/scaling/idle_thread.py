"""One thread works while a second one sleeps (argument 2) or does not exist (argument 1): what mode Multi costs."""

import sys
import threading
from time import perf_counter

THREADS, LOOPS = int(sys.argv[1]), int(sys.argv[2])


class Vec:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def add(self, other):
        return Vec(self.x + other.x, self.y + other.y)


def body(loops):
    for _ in range(loops):
        position, step = Vec(0, 0), Vec(1, 2)
        counts = {}
        numbers = []
        for i in range(300):
            position = position.add(step)
            counts[i % 10] = counts.get(i % 10, 0) + 1
            numbers.append(i * 3 % 7)
        assert position.x == 300 and counts[3] == 30 and sum(numbers) > 0


done = threading.Event()
if THREADS == 2:
    ready = threading.Event()

    def idle():
        ready.set()
        done.wait()

    thread = threading.Thread(target=idle)
    thread.start()
    ready.wait()
start = perf_counter()
body(LOOPS)
seconds = perf_counter() - start
done.set()
print("seconds", repr(seconds))
