t = (1, 2, 3)
print(t, (1,), (), t[0], t[-1], t[1:], t + (4,), t * 2, 2 in t, t.index(3), t.count(1), len(t), t == (1, 2, 3), t < (1, 3), hash(t) == hash((1, 2, 3)), tuple("ab"), tuple([1]), t[::-1], tuple(), ((1, 2), 3))
for f in (lambda: t[5], lambda: t.index(9), lambda: t.__setitem__, lambda: t + [1], lambda: hash(([],)), lambda: tuple(5), lambda: t["a"]):
    try:
        f()
    except Exception as e:
        print(type(e).__name__, e)
a, *b = t
print(a, b, max(t), sum(t), sorted(t, reverse=True), {t: 1}[(1, 2, 3)], (lambda *a: a)(1, 2), repr((1, "a", None, 1.5)))
from collections import namedtuple
P = namedtuple("P", "x y", defaults=[5])
p = P(1)
print(p, p.x, p[1], p._asdict(), p._replace(x=9), P._fields, P._make([3, 4]), p == (1, 5), P(y=1, x=2), isinstance(p, tuple))
try:
    P()
except TypeError as e:
    print(e)
try:
    p.x = 1
except AttributeError as e:
    print(e)
x, y = p
print(x, y)
big = tuple(range(1000))
print(big[999], hash(big) == hash(tuple(range(1000))), t is tuple(t))
