# Generators that compiled loops resume: where they are left, how they end, what is seen of them.
import gc
import sys


def count(n):
    for i in range(n):
        yield i


def pairs(n):
    for i in range(n):
        yield i, str(i)


def inner(n):
    for i in range(n):
        yield i
    return n


def outer(n):
    r = yield from inner(n)
    yield r


def odd(items):
    for x in items:
        if x % 2:
            yield x


class Multiples:
    def __init__(self, k):
        self.k = k

    def __iter__(self):
        for i in range(30):
            yield self.k * i


def total(it):
    t = 0
    for x in it:
        t += x
    return t


def joined(n):
    t = 0
    for a, b in pairs(n):
        t += len(b) + a
    return t


def of_class(n):
    return [total(Multiples(k)) for k in range(n)]


def expressions(n, k):
    s = 0
    for i in range(n):
        for y in (z * k for z in (1, 2, i)):
            s += y
    return s


print(total(count(5000)), joined(4000), total(outer(4000)), total(odd(range(6000))))
print(sum(of_class(300)), expressions(2000, 3), total(count(0)))


# A value that does not fit, a float, an object: other kinds than were recorded.
def mixed(n):
    for i in range(n):
        if i == 2000:
            yield 1 << 70
        elif i == 2500:
            yield 0.5
        else:
            yield i


print(total(mixed(3000)))


# An exception comes out of it, in a call that it makes.
def fails(n):
    def check(i):
        if i == 2500:
            raise ValueError(i)
        return i

    for i in range(n):
        yield check(i)


def run_fails():
    t = 0
    try:
        for x in fails(5000):
            t += x
    except ValueError as e:
        tb, names = e.__traceback__, []
        while tb:
            names.append((tb.tb_frame.f_code.co_name, tb.tb_lineno - tb.tb_frame.f_code.co_firstlineno))
            tb = tb.tb_next
        print("ValueError", e, names, t)


run_fails()


# The loop is left: the generator is closed where it stands.
def closing(log):
    try:
        for i in range(10**9):
            yield i
    finally:
        log.append(i)


def leave(n):
    log = []
    for k in range(3):
        for x in closing(log):
            if x > n + k:
                break
        del x
    return log


print(leave(2000))


# What it holds is dropped when it ends, and when it is overwritten.
class Held:
    live = 0

    def __init__(self):
        Held.live += 1

    def __del__(self):
        Held.live -= 1


def holding(n):
    for i in range(n):
        h = Held()
        yield h


def hold(n):
    most = 0
    for h in holding(n):
        most = max(most, Held.live)
    del h
    return most, Held.live


print(hold(3000))


# A collection while it runs, and somebody who asks for its frame.
def collecting(n):
    junk = []
    for i in range(n):
        junk = [junk, i] if i % 50 else [i]
        if i % 700 == 699:
            gc.collect()
        yield junk


print(sum(len(j) for j in collecting(3000)), len([0 for j in collecting(2000)]))


def collect_outside(n):
    g = count(n)
    t = 0
    for x in g:
        t += x
        if x % 900 == 899:
            gc.collect()
            t += g.gi_frame.f_locals["i"] + (g.gi_frame.f_lineno - count.__code__.co_firstlineno)
    return t, g.gi_frame


print(collect_outside(4000))


def where():
    f = sys._getframe(1)
    return f.f_code.co_name, f.f_locals["i"], f.f_back.f_code.co_name, f.f_back.f_locals["t"]


def asks(n):
    for i in range(n):
        yield where() if i % 1000 == 999 else None


def asked(n):
    t = 0
    found = []
    for x in asks(n):
        t += 1
        if x:
            found.append(x)
    return found


print(asked(4000))


# Its own frame is asked for where nothing else leaves the code.
def introspective(n, names):
    for i in range(n):
        seen[i] = getattr(running[0], names[i])
        yield i


seen = [None] * 3000
running = [None]


def introspect(n):
    running[0] = introspective(n, ["gi_running"] * 2000 + ["gi_frame"] + ["gi_running"] * (n - 2001))
    t = 0
    for x in running[0]:
        t += x
    return t, seen[1999], seen[2000].f_code.co_name, seen[2001]


print(introspect(3000))


# It is resumed by itself, and by a call in the middle of the loop.
def itself(n):
    for i in range(n):
        if i == 2000:
            try:
                next(me)
            except ValueError as e:
                print(e)
        yield i


me = itself(3000)
print(total(me))


def two_ways(n):
    g = count(n)
    t = 0
    for x in g:
        t += x
        if x % 3 == 0:
            t -= next(g, 0)
    return t


print(two_ways(6000))


def sent(n):
    def echo():
        x = None
        while True:
            x = yield x

    g = echo()
    next(g)
    t = 0
    for i in range(n):
        t += g.send(i)
        if next(g) is None:
            t += 1
    return t


print(sent(3000))


# Coroutines that are awaited.
class Wait:
    def __await__(self):
        yield 7


async def leaf(n):
    if n % 1000 == 0:
        await Wait()
    return n


async def trunk(n):
    t = 0
    for i in range(1, n):
        t += await leaf(i)
    return t


def drive(c):
    waits = 0
    while True:
        try:
            waits += c.send(None)
        except StopIteration as e:
            return e.value, waits


print(drive(trunk(5000)))


async def awaited_twice():
    c = leaf(1000)
    it = c.__await__()
    next(it)
    try:
        await c
    except RuntimeError as e:
        return str(e)


print(drive(awaited_twice()))


# Each generator has a closure of its own.
def closures(n):
    def make(k):
        return (k + x for x in (1, 2, 3))

    t = 0
    for i in range(n):
        for y in make(i):
            t += y
    return t


print(closures(2000))


# Many values in the middle of an expression.
def operands(n):
    for i in range(n):
        r = [i, str(i), (yield i), i + 1, (yield -i)]
        assert r == [i, str(i), None, i + 1, None], r


print(total(operands(3000)))
