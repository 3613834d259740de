import heapq
import random

random.seed(3)
numbers = [random.random() for _ in range(500)]
pairs = [(n, i) for i, n in enumerate(numbers)]


def push_and_pop():
    h = []
    for n in numbers:
        heapq.heappush(h, n)
    return [heapq.heappop(h) for _ in numbers]


def push_and_pop_tuples():
    h = []
    for n in pairs:
        heapq.heappush(h, n)
    return [heapq.heappop(h) for _ in pairs]


def heapify():
    h = numbers[:]
    heapq.heapify(h)
    return h


def replace():
    h = numbers[:50]
    heapq.heapify(h)
    for n in numbers:
        heapq.heapreplace(h, n)
        heapq.heappushpop(h, n)


def largest():
    return heapq.nlargest(20, numbers), heapq.nsmallest(20, numbers, key=abs)


def merge():
    return list(heapq.merge(range(0, 500, 3), range(0, 500, 5), range(0, 500, 7)))
