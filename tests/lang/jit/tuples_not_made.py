"""Tuples that never leave compiled code need not be made: nobody must be able to tell."""

import gc
import sys


class Grid:
    def __init__(self, w, h):
        self.w, self.h = w, h
        self.data = list(range(w * h))

    def at(self, x, y):
        if 0 <= x < self.w and 0 <= y < self.h:
            return y * self.w + x
        raise IndexError((x, y))

    def __getitem__(self, x_y):
        (x, y) = x_y
        return self.data[self.at(x, y)]

    def __setitem__(self, x_y, v):
        self.data[self.at(x_y[0], x_y[-1])] = v


def smooth(g, turns):
    for _ in range(turns):
        for y in range(1, g.h - 1):
            for x in range(1, g.w - 1):
                g[x, y] = (g[x, y - 1] + g[x - 1, y] + g[x + 1, y]) % 1000
    return sum(g.data)


g = Grid(20, 20)
print(smooth(g, 20))
try:
    for k in range(400):
        g[k, 0] = k
except IndexError as e:
    print(e.args, k)


def pair(a, b):
    return a, b


def passed(n):
    s = 0
    last = None
    for k in range(n):
        t = pair(k, [k])
        s += t[0] + len(t) + t[1][0]
        if k % 97 == 5:
            last = t
    return s, last, type(last), isinstance(t, tuple)


print(passed(500))


def carried(n):
    a, b = 0, 1
    t = (a, b)
    for _ in range(n):
        t = (t[1], (t[0] + t[1]) % 1_000_003)
    return t


print(carried(500))


def kept(n):
    out = []
    for k in range(n):
        t = (k, str(k), 2.5)
        if k % 50 == 0:
            out.append(t)
    return out


print(kept(300))


def as_keys(n):
    d = {}
    for k in range(n):
        d[k % 3, k % 5] = d.get((k % 3, k % 5), 0) + k
    return sorted(d.items())


print(as_keys(400))


def big(n):
    """Integers that have no short form are found again in what an exit makes."""
    t = None
    for k in range(n):
        t = (k, k << 50, -k)
        if k == n - 1:
            return t, hash(t) == hash((n - 1, (n - 1) << 50, 1 - n))


print(big(300))


def frames(n):
    """Who looks at the caller's variables finds the tuple."""
    seen = []

    def look():
        seen.append(sys._getframe(1).f_locals["t"])

    for k in range(n):
        t = (k, k + 1)
        if k % 100 == 99:
            look()
            look()
    return seen, seen[0] is seen[1]


print(frames(400))


class Noisy:
    live = 0

    def __init__(self):
        Noisy.live += 1

    def __del__(self):
        Noisy.live -= 1


def owned(n):
    least = 2
    for _ in range(n):
        t = (Noisy(), Noisy())
        u = (t, t)
        del t
        least = min(least, Noisy.live)
    return least, u[0] is u[1]


print(owned(400))
gc.collect()
print(Noisy.live)


def compared(n):
    same = less = 0
    for k in range(n):
        t = (k % 7, k % 3)
        if t == (0, 0):
            same += 1
        if t < (3, 1):
            less += 1
    return same, less


print(compared(420))


def cycles(n):
    out = []
    for k in range(n):
        box = [k]
        t = (box, k)
        box.append(t)
        out.append(t[0][1] is t)
    return all(out)


print(cycles(300))
