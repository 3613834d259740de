# Generators dropped or closed in the middle, with and without something that GeneratorExit would meet.
log = []


def plain():
    for i in range(5):
        yield i
    log.append("not reached")


def guarded():
    try:
        for i in range(5):
            yield i
    finally:
        log.append("finally")


def catching():
    try:
        yield 1
    except GeneratorExit:
        log.append("caught")
        raise
    yield 2


def stubborn():
    try:
        yield 1
    except GeneratorExit:
        yield 2


def delegating():
    yield from guarded()


def managed():
    class M:
        def __enter__(self):
            return self

        def __exit__(self, t, e, tb):
            log.append("exit " + (t.__name__ if t else "well"))

    with M():
        yield 1
    yield 2


for make in (plain, guarded, catching, delegating, managed):
    log.clear()
    g = make()
    next(g)
    g.close()
    g.close()
    print(make.__name__, log, next(g, "end"), g.gi_frame)

for make in (plain, guarded, catching, delegating, managed):
    log.clear()
    for x in make():
        break
    print(make.__name__, x)

g = managed()
next(g)
next(g)
log.clear()
g.close()
print(log)

g = stubborn()
next(g)
try:
    g.close()
except RuntimeError as e:
    print(e)

print(any(x > 1 for x in range(5)), all(x < 3 for x in [1, 2, 3, 4]))


# The frame of a caught exception, asked for after it was caught, and not asked for.
import sys


def raiser(x):
    local = x * 2
    raise ValueError(x)


def keeper(keep):
    mine = "keeper"
    try:
        raiser(21)
    except ValueError as e:
        if keep:
            return e.__traceback__
        tb = None
    return mine


tb = keeper(True)
print(tb.tb_frame.f_code.co_name, tb.tb_frame.f_locals["mine"], tb.tb_next.tb_frame.f_locals["local"])
print(tb.tb_frame.f_back.f_code.co_name, tb.tb_frame.f_lineno, tb.tb_next.tb_lineno)
print(keeper(False))


def with_frame():
    f = sys._getframe()
    return f


f = with_frame()
print(f.f_code.co_name, f.f_back.f_code.co_name)

# Defaults in every position, through every way of calling.
def d(a, b=2, c=3):
    return a, b, c


class D:
    def __init__(self, a, b=[], *rest, k=None):
        self.v = a, b, rest, k


class E(D):
    def __init__(self, a=1, b=2):
        super().__init__(a, b)


print(d(1), d(1, 5), d(1, 5, 6), d(1, c=9), d(*[1]), d(*(1, 2)), d(*[1], **{"c": 0}), d(**{"a": 1}))
print(D(1).v, D(1, 2, 3, k=4).v, E().v, E(5).v, E(5, 6).v)
for bad in (lambda: d(), lambda: d(1, 2, 3, 4), lambda: d(*[]), lambda: E(1, 2, 3), lambda: D(), lambda: d(1, a=1)):
    try:
        bad()
    except TypeError as e:
        print(e)


def gen(a, b=7):
    yield a
    yield b


def in_gen():
    yield d(1)
    yield from gen(3)
    yield D(1).v


print(list(gen(1)), list(in_gen()))

# Copies of dicts of every kind.
for src in ({}, {i: str(i) for i in range(5)}, {i: i for i in range(1000)}, {"a": 1, 2: 3}):
    copies = [dict(src), src.copy(), {**src}, {} | src]
    e = {}
    e.update(src)
    copies.append(e)
    for k in list(src)[::2]:
        del src[k]
    thin = dict(src)
    for c in copies:
        c["new"] = 1
    print(len(src), [len(c) for c in copies], list(copies[0])[:3], list(thin)[:3], thin == src, "new" in src)
    thin[5.0] = 1
    thin[1 + 2] = 3
    print(thin.get(5), thin.get(3), len(thin))

a, b, c = frozenset(range(10)), {3, 4, 5.0, "x"}, {True, 2}
print(sorted(a & b), sorted(a - b), sorted(a - {1}), c <= a, a >= c, b <= a, (a & c) == {1, 2}, a - a, b - a)


class K:
    def __init__(self, n):
        self.n = n

    def __hash__(self):
        return 1

    def __eq__(self, other):
        return isinstance(other, K) and self.n == other.n


x, y = {K(1), K(2), 1}, {K(2), K(3), 1}
print(len(x & y), len(x - y), len(x | y), x <= y, {K(2)} <= x, K(3) in y, K(3) in x)
print([1, 2] + [3], [] + [], [7] * 4, [[]] * 2, ["a"] * 0, ["a"] * -1, [1, 2] * 2)
