# Items through `__getitem__` and `__setitem__` written in Python, in hot loops.
import traceback


class Grid:
    def __init__(self, w, h):
        self.w, self.h = w, h
        self.data = [0.0] * (w * h)

    def index(self, at):
        if isinstance(at, tuple) and 0 <= at[0] < self.w and 0 <= at[1] < self.h:
            return at[1] * self.w + at[0]
        raise IndexError(at)

    def __getitem__(self, at):
        return self.data[self.index(at)]

    def __setitem__(self, at, value):
        self.data[self.index(at)] = value


class Doubling(list):
    def __getitem__(self, i):
        return super().__getitem__(i) * 2


class Loud:
    seen = 0

    def __setitem__(self, k, v):
        Loud.seen += v
        return "ignored"

    def __getitem__(self, k):
        if k > 400:
            raise KeyError(k)
        return k


def relax(g, n):
    for _ in range(n):
        for y in range(1, g.h - 1):
            for x in range(1, g.w - 1):
                g[x, y] = (g[x - 1, y] + g[x + 1, y] + g[x, y - 1] + g[x, y + 1] + 1) * 0.25
    return round(sum(g.data), 9)


def doubled(d, n):
    t = 0
    for i in range(n):
        t += d[i % 3] + d[-1]
    return t


def loud(o, n):
    t = 0
    for i in range(n):
        o[i] = i
        t += o[i] + o[0]
    return t


for _ in range(3):
    print(relax(Grid(9, 8), 12), doubled(Doubling([1, 2, 3]), 500), loud(Loud(), 400), Loud.seen)
try:
    loud(Loud(), 500)
except KeyError as e:
    print("".join(traceback.format_exception(e)).replace(__file__, "FILE"))
Grid.__getitem__ = lambda self, at: 1.0
print(relax(Grid(9, 8), 12))
