import bisect
import random

random.seed(3)
floats = sorted(random.random() for _ in range(1000))
probes = [random.random() for _ in range(500)]
words = sorted(str(p) for p in floats)
asked = [str(p) for p in probes]
pairs = [(f, 0) for f in floats]


def left_and_right():
    for p in probes:
        bisect.bisect_left(floats, p)
        bisect.bisect_right(floats, p)


def of_strings():
    for p in asked:
        bisect.bisect(words, p)


def with_key():
    for p in probes[:100]:
        bisect.bisect(pairs, p, key=lambda pair: pair[0])


def insort():
    sorted_list = []
    for p in probes:
        bisect.insort(sorted_list, p)
    return sorted_list
