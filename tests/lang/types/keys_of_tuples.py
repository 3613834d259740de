# Tuples, nested and named, as keys; classes that compare their own way; things that are equal to themselves only.
from collections import namedtuple
import enum

P = namedtuple("P", "x y")


class Q(P):
    pass


class Loud(P):
    def __eq__(self, other):
        return tuple.__eq__(self, other) and self.x != 3

    def __hash__(self):
        return tuple.__hash__(self)


class Shifted(tuple):
    def __hash__(self):
        return 7


class Num:
    def __init__(self, n):
        self.n = n

    def __eq__(self, other):
        return isinstance(other, Num) and self.n == other.n

    def __hash__(self):
        return hash(self.n)


def fill(make, n):
    d = {}
    s = set()
    for i in range(n):
        k = make(i)
        d[k] = i
        s.add(make(i))
    found = missed = 0
    for i in range(2 * n):
        k = make(i)
        if k in d:
            found += d[k]
        if d.get(k) is None:
            missed += 1
        if k in s:
            found += 1
    return len(d), len(s), found, missed


for make in (
    lambda i: (i, i + 1),
    lambda i: (i, (i % 3, "a")),
    lambda i: ((i, ((i % 2, (i % 3, ("deep", i))), i)), None),
    lambda i: P(i, i),
    lambda i: (P(i, 1), P(1, (i, 2.5))),
    lambda i: Q(i % 7, i),
    lambda i: Loud(i % 5, 1),
    lambda i: Shifted((i, 1)),
    lambda i: (Shifted((i, 1)), 2),
    lambda i: (Num(i % 11), i % 2),
    lambda i: P(Num(i % 4), Q(i % 3, 0)),
    lambda i: (1 << 70) + i,
    lambda i: (float(i), -i),
):
    print(fill(make, 60), fill(make, 600)[2:])

print(P(1, 2) == (1, 2), (1, 2) == P(1, 2), P(1, 2) == Q(1, 2), P(1, (2, 3)) == (1, P(2, 3)), P(1, 2) != (1, 2, 3))
print(Loud(3, 1) == (3, 1), (3, 1) == Loud(3, 1), Loud(2, 1) == P(2, 1), P(3, 1) == Loud(3, 1))
print(P(1, 2) < (1, 3), P(2, 0) > Q(1, 9), (1, P(0, 0)) <= (1, (0, 0)))
nan = float("nan")
print((nan,) == (nan,), P(nan, 1) == (nan, 1), (1, True) == (1.0, 1))
print([x for x in [(1, 2), P(3, 4), (P(1, 1), 5)] if x in [(3, 4), ((1, 1), 5)]], [P(1, 2), (3, 4)].index((3, 4)))
l = [(1, 2), P(3, 4), Q(5, 6)]
l.remove((3, 4))
l.remove((5, 6))
print(l)


class Dying(tuple):
    def __del__(self):
        print("dies", tuple(self))


def drop(l, items):
    for x in items:
        l.remove(x)


l = [Dying((i, 1)) for i in range(4)]
drop(l, [(i, 1) for i in range(4)])
print(l)


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Plain:
    pass


class Base:
    def __ne__(self, other):
        return "different"


class Derived(Plain):
    def __eq__(self, other):
        return True


def same(a, b):
    n = 0
    for _ in range(40):
        if a == b:
            n += 1
        if a != b:
            n += 100
        n += (a == b) is True
        n += a in [b]
    return n


p, q, b, d = Plain(), Plain(), Base(), Derived()
for a, c in [(p, p), (p, q), (p, None), (None, p), (None, None), (p, 1), (1, p), (Colour.RED, Colour.RED), (Colour.RED, Colour.BLUE),
             (p, d), (d, p), (len, len), (len, print), (Plain, Plain), (Plain, Base), (b, b), (b, p), (p, b), ("a", p), (p, (1,))]:
    print(same(a, c), end=" ")
print()
Plain.__eq__ = lambda self, other: other == 5
print(p == 5, p != 5, same(p, q), same(p, 5))
del Plain.__eq__
print(p == 5, p != 5, same(p, q), same(p, p))
