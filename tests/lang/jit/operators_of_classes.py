"""Operators whose methods are written in Python, part of a trace: who is asked, in which order, and what comes of it."""

import traceback


class V:
    def __init__(self, x):
        self.x = x

    def __add__(self, o):
        if isinstance(o, V):
            return V(self.x + o.x)
        if isinstance(o, int):
            return V(self.x + o)
        return NotImplemented

    def __radd__(self, o):
        return V(o + self.x * 2)

    def __sub__(self, o):
        return V(self.x - o.x)

    def __mul__(self, k):
        return self.x * k

    def __rmul__(self, k):
        return ("r", k, self.x)

    def __truediv__(self, o):
        return V(self.x / o)

    def __mod__(self, o):
        return None

    def __matmul__(self, o):
        return [self, o]

    def __lshift__(self, n):
        self, n = n, self
        return n.x, self

    def __repr__(self):
        return f"V({self.x})"


class Sub(V):
    def __add__(self, o):
        return ("sub", V.__add__(self, o))

    def __rsub__(self, o):
        return "asked first"


class Plain(V):
    pass


class Counter:
    def __init__(self):
        self.n = 0

    def __iadd__(self, o):
        if o < 0:
            return NotImplemented
        self.n += o
        return self

    def __add__(self, o):
        return f"{self.n} and {o}"


class Other:
    def __radd__(self, o):
        return f"other {o!r}"

    def __rmul__(self, o):
        return NotImplemented


def sums(n):
    t = V(0)
    for i in range(n):
        t = t + V(i)
        t = t - V(1)
        t += 2
        t = t + 3
    return t


print(sums(300))


def mixed(n, rights):
    """The right operand is now of this class, now of that."""
    seen = []
    v = V(1)
    for i in range(n):
        try:
            r = v + rights[i % len(rights)]
        except TypeError as e:
            r = str(e)
        if i >= n - len(rights):
            seen.append(r)
    return seen


print(mixed(300, [V(2), 3, Other(), Sub(4), Plain(5), None, "text", 2.5]))
print(mixed(300, [3] * 40 + [Other()]))
print(mixed(300, [V(3)] * 97 + [Sub(7), Plain(8), []]))


def subtracted(n, a, rights):
    for i in range(n):
        r = a - rights[i % len(rights)]
    return r


print(subtracted(300, V(1), [V(2)] * 50 + [Sub(1)]), subtracted(301, V(1), [V(2)] * 50 + [Sub(1)]))


def scaled(n):
    out = []
    v = V(3)
    for i in range(n):
        a = v * i
        b = i * v
        c = v / 2
        d = v % i
        e = v @ i
        f = v << i
        if i == n - 1:
            out = [a, b, c, d, e, f]
    return out


print(scaled(300))


def counted(n):
    c = Counter()
    for i in range(n):
        c += i
    kind = type(c).__name__
    for i in range(n):
        d = c
        d += 1 if i < n - 1 else -5
    return kind, c.n, d


print(counted(200))


class Fails:
    def __init__(self, at):
        self.at = at

    def __add__(self, i):
        if i == self.at:
            raise KeyError(i)
        return i


def failing(n):
    f = Fails(n - 2)
    t = 0
    for i in range(n):
        t += f + i
    return t


for n in 150, 300:
    try:
        failing(n)
    except KeyError as e:
        lines = [(f.name, f.lineno - failing.__code__.co_firstlineno) for f in traceback.extract_tb(e.__traceback__)]
        print(e, lines[1:])


def late(n):
    """The method is replaced while the loop runs, and taken away."""
    out = []
    v = V(1)
    old = V.__add__
    for i in range(n):
        if i == n // 3:
            V.__add__ = lambda self, o: "new"
        if i == 2 * n // 3:
            del V.__add__
        try:
            r = v + i
        except TypeError as e:
            r = str(e)
        if i % 50 == 49:
            out.append(str(r))
    V.__add__ = old
    return out


print(late(300))


class Deep:
    def __add__(self, n):
        return 0 if n == 0 else self + (n - 1)


print(Deep() + 200)
try:
    Deep() + 10**6
except RecursionError as e:
    print(type(e).__name__)


def values(n):
    """Results of several kinds, among them none that is one."""
    k = [NotImplemented, None, 1.5, "s", 10**30, V(2)]

    class Gives:
        def __init__(self, i):
            self.i = i

        def __and__(self, o):
            return k[self.i]

        def __rand__(self, o):
            return "r", o.i

    class Right:
        def __rand__(self, o):
            return "right", o.i

    out = set()
    for i in range(n):
        out.add(str(Gives(i % 6) & Right()))
        try:
            Gives(i % 6) & Gives(i % 6)
        except TypeError as e:
            out.add(str(e))
    return sorted(out)


print(values(300))
