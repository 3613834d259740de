# Compiled functions that return straight, that are called from compiled code, and native code called by its address.
import sys


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def tak(x, y, z=3):
    if y >= x:
        return z
    return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))


print(fib(22), tak(10, 6), tak(10, 6, 2))


# A function that recurses from a generator, whose registers are its own.
def walk(n):
    for i in range(n):
        yield depth(i % 5, [i])


def depth(n, acc, step=1):
    if n == 0:
        return len(acc)
    acc.append(n)
    return depth(n - step, acc)


print(sum(walk(6000)))


# The frame is gone before the finalisers of its variables run.
seen = set()


class Last:
    def __del__(self):
        f = sys._getframe(1)
        seen.add((f.f_code.co_name, sorted(f.f_locals)[:1] == ["Last"]))


def holds(n):
    last = Last()
    other = n + 1
    return other


def passes(last, n):
    return n


total = 0
for i in range(6000):
    total += holds(i)
    total += passes(Last(), 1)
print(total, seen)


# A frame that somebody asked for shows how it ended.
kept = []


def keeps():
    if len(kept) < 3 and calls % 1999 == 7:
        kept.append(sys._getframe(1))


def asked(n):
    value = n * 2
    keeps()
    value += 1
    return value


for calls in range(8000):
    asked(calls)
print([f.f_locals["value"] for f in kept], [f.f_lineno - f.f_code.co_firstlineno for f in kept])


# So does one that a finaliser got hold of in the middle.
caught = []


class Catches:
    def __del__(self):
        if len(caught) < 2 and calls % 2999 == 7:
            caught.append(sys._getframe(1))


def middle(n, held):
    held = n + 1
    value = held * 2
    return value


for calls in range(7000):
    middle(calls, Catches())
print([(f.f_code.co_name, sorted(f.f_locals.items())) for f in caught])


# What __init__ returns must be None.
class Odd:
    def __init__(self, n):
        self.n = n
        return_it = None if n < 7000 else n
        if return_it is not None:
            return return_it


class Even:
    def __init__(self, n, twice=False):
        self.n = n * 2 if twice else n


made = 0
try:
    for i in range(9000):
        made += Odd(i).n + Even(i, True).n
except TypeError as e:
    print(made, e)


# Exceptions through calls that are not part of the trace.
def fails(n):
    if n == 0:
        raise KeyError("deep")
    return fails(n - 1)


lengths = set()
for i in range(3000):
    try:
        fails(5)
    except KeyError as e:
        tb, n = e.__traceback__, 0
        while tb:
            n, tb = n + 1, tb.tb_next
        lengths.add((n, str(e)))
print(lengths)


def endless(n):
    return endless(n + 1)


try:
    endless(0)
except RecursionError as e:
    print(e)


# isinstance where what is known changes.
class A:
    pass


class B:
    pass


class C(A):
    pass


class Liar:
    @property
    def __class__(self):
        return A


def count(things, cls):
    n = 0
    for x in things:
        if isinstance(x, cls):
            n += 1
    return n


things = [A(), B(), C(), 1, 2.5, None, True, "s", Liar()]
print([count(things * 300, c) for c in (A, B, (A, int), int, object, str, ())])
C.__bases__ = (B,)
print([count(things * 300, c) for c in (A, B, (A, int))])
things[0].__class__ = B
print([count(things * 300, c) for c in (A, B)])
try:
    count(things, 3)
except TypeError as e:
    print(e)


# Items, lengths and methods of strs.
def letters(s, n):
    t = 0
    for i in range(n):
        if s[i % len(s)] == "o":
            t += 1
        elif s[-1] != "d":
            t += 100
        if s.startswith("he") and not s.endswith("x", 1):
            t += len(s.strip("h").split("l"))
    return t


print(letters("hello world", 3000), letters("héllo wörld", 3000), letters("he\u20acllo \U0001f600od", 3000))
try:
    letters("", 3)
except ZeroDivisionError as e:
    print(e)


def third(s, n):
    for i in range(n):
        x = s[i // 1000]
    return x


for s in ("abc", b"abc", "a\u1234c"):
    try:
        print(third(s, 3000), third(s, 4000))
    except IndexError as e:
        print(e)


def extremes(xs):
    low, high = xs[0], xs[0]
    for x in xs:
        low = min(low, x)
        high = max(high, x)
    return low, high


print(extremes(list(range(2000)) + [-5]), extremes([1.5] * 2000 + [0.5]), extremes([1] * 2000 + [2.5, True, 2**70]))
nan = float("nan")
print(min(1.0, nan), min(nan, 1.0), extremes([nan] * 1500 + [1.0]), extremes([1.0] * 1500 + [nan]))


def pops(n):
    stack, t = list(range(n)), 0
    while True:
        try:
            t += stack.pop()
            if n % 3:
                t += stack.pop(0)
        except IndexError as e:
            return t, str(e)


print(pops(6000), pops(4001))


def codes(text, n):
    t = 0
    for i in range(n):
        t += ord(text[i % 7]) - ord(chr(i))
    return t


print(codes("abcdefg", 3000))
for bad in (lambda: codes("ab", 3), lambda: codes(["ab"] * 7, 3)):
    try:
        bad()
    except (TypeError, IndexError) as e:
        print(type(e).__name__, e)


# Whoever begins to watch in a call sees the caller return.
events = []


def watch():
    if calls == 5000:
        sys.settrace(lambda f, e, a: events.append((f.f_code.co_name, e)))
        sys._getframe(1).f_trace = lambda f, e, a: events.append((f.f_code.co_name, e, a))


def watched(n):
    watch()
    return n


for calls in range(6000):
    watched(calls)
    if calls == 5000:
        sys.settrace(None)
print(events[:3])
