# Native code that takes all items of a generator: items that need no Python and items that do, stops and errors between.
import sys


class Key:
    def __init__(self, n):
        self.n = n

    def __hash__(self):
        log.append(("hash", self.n, g.gi_running if g else None, g.gi_frame is not None if g else None))
        return self.n

    def __eq__(self, other):
        return isinstance(other, Key) and self.n == other.n

    def __lt__(self, other):
        log.append(("lt", self.n, other.n))
        return self.n < other.n

    def __bool__(self):
        log.append(("bool", self.n, g.gi_running))
        return self.n > 2

    def __radd__(self, other):
        return other + self.n

    def __repr__(self):
        return f"Key({self.n})"


log = []
g = None


def items(*xs):
    for x in xs:
        yield x


# Plain items, then one that runs Python: the generator is suspended while it does.
g = items(1, 2, "a", Key(3), 4, Key(3), 1)
s = set(g)
print(len(s), 1 in s, "a" in s, Key(3) in s, log)
log.clear()
g = items(Key(3), Key(1), Key(2))
print(min(g), log)
log.clear()
g = items(False, None, 0, "", Key(1), Key(3), 7)
print(any(g), log, next(g), next(g, "end"))
log.clear()
g = items(True, 1, "x", Key(3), False, True)
print(all(g), log, list(g))
g = None

# Sums of all kinds.
print(sum(items(1, 2, True)), sum(items(1, 2.5, 3)), sum(items(1, 2**70, -(2**70))), sum(items(1, 2j, 0.5)))
print(sum(items(1, Key(5), 2)), sum(items([1], [2]), []), sum(items()), sum(items(0.1,) for _ in ()))
print(max(items(3, 9, 4)), max(items(3, 9.5, 4)), max(items("b", "c", "a")), max(items(), default="none"))
print(min(items(5, 2, 2**80, -7)), max(items((1, 2), (1, 3))), min(items(3, 1, 2), key=lambda x: -x))
try:
    max(items())
except ValueError as e:
    print(e)
try:
    min(items(1, "a"))
except TypeError as e:
    print(e)

# All items of many, and of one inside another.
print(list(items(*range(40))) == list(range(40)), tuple(items(1, "x", None)))
print([set(i * j for j in range(3)) for i in range(3)])
print(sum(sum(j for j in range(i)) for i in range(10)))
print(list(tuple(k for k in range(n)) for n in range(4)), sorted(x % 3 for x in range(7)))
print("".join(c for c in "abc"), dict((c, ord(c)) for c in "ab"), frozenset(n % 2 for n in range(9)))


def walk(n):
    if n:
        yield n
        yield from walk(n - 1)
        yield from [10 * n]


print(list(walk(4)), sum(walk(4)), max(walk(4)), set(walk(3)) == {1, 2, 3, 10, 20, 30})


# Errors out of it, out of what takes the items, and a value that it returns.
def fails(n):
    try:
        for i in range(n):
            yield i
        raise KeyError("out")
    finally:
        log.append("closed")


for f in (list, set, sum, any, all, max, tuple, sorted):
    log.clear()
    try:
        print(f.__name__, f(fails(3)), log)
    except KeyError as e:
        print(f.__name__, "KeyError", e, log)


def stops():
    yield 1
    raise StopIteration


def returns():
    yield 1
    yield 2
    return 3


try:
    list(stops())
except RuntimeError as e:
    print(e, repr(e.__cause__))
print(list(returns()), set(returns()), sum(returns()))
try:
    set(items(1, []))
except TypeError as e:
    print(e)


# One that takes from itself.
def itself():
    yield 1
    try:
        next(me)
    except ValueError as e:
        yield str(e)
    try:
        yield list(me)
    except ValueError as e:
        yield str(e)


me = itself()
print(list(me))


# What is handled where it yields, and who called it.
def handling():
    try:
        1 / 0
    except ZeroDivisionError:
        yield 1
        yield sys.exception() is not None
        raise
    yield 2


try:
    list(handling())
except ZeroDivisionError as e:
    print("again", e, e.__context__)


def caller():
    yield sys._getframe(1).f_code.co_name
    yield sys._getframe(1).f_code.co_name


def calls():
    return list(caller())


print(calls(), sys.exception())


def sent():
    x = 1
    for _ in range(3):
        x = yield x
    yield "end"


print(list(sent()))

# Sets of numbers, strings and objects beside each other.
a, b = {1, 2, 3}, frozenset([1.0, 2, True, 3])
print(a == b, a <= b, a < b, b >= a, a != b, {1, 2} < a, a > {1}, set() <= a, a <= set(), set() == frozenset())
c = {Key(1), Key(2)}
print(c == {Key(2), Key(1)}, c <= {Key(1), Key(2), 3}, c < c, {"a", "b"} >= {"a"}, {"a"} <= {"b", 1})
print(min({3, 1, 2}), max({3, 1, 2}), max({1, 2.5}), min(frozenset("xyz")), min(set(), default=0))
try:
    {1} < [1]
except TypeError as e:
    print(e)
it = iter({1, 2, 3})
s = {1, 2, 3}
out = []
try:
    for x in s:
        out.append(x)
        s.add(x + 10)
except RuntimeError as e:
    print(out, e)
print(sorted(it), list(it), {*range(20)} - {*range(0, 20, 2)}, sorted({1, "a", None} & {"a", None, 5}, key=repr))
print((1 << 47) + (1 << 47) - 1, (1 << 47) + (1 << 47), -(1 << 47) - (1 << 47), -(1 << 47) - (1 << 47) - 1)
print((1 << 24) * (1 << 24), (1 << 24) * -(1 << 24), (1 << 24) * -(1 << 24) - 1, 3 * -5, 0 * -5, (2**48 - 1) * 1, (2**47) * 2, (2**47) * -2)
