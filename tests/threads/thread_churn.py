# Threads start and end all the time, with objects that die in other threads.
import threading

from support.workers import run


class Node:
    made = []

    def __init__(self, other=None):
        self.other = other
        self.data = [1, 2, 3]


box = [None] * 16


def short(k):
    node = Node()
    for i in range(50):
        node = Node(node if i % 10 else None)
        box[(k + i) % 16] = node


def work(n, stop):
    k = n
    while not stop():
        children = [threading.Thread(target=short, args=(k + j,)) for j in range(3)]
        for c in children:
            c.start()
        for c in children:
            c.join()
        for node in list(box):
            while node is not None:
                assert node.data == [1, 2, 3]
                node = node.other
        k += 3


run(work)
print("ok")
