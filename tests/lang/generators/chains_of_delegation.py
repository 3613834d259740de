# Values pass through chains of `yield from` and `await`, whoever looks, interrupts or goes on in the middle.
import sys
import types


class Tree:
    def __init__(self, left, value, right):
        self.left = left
        self.value = value
        self.right = right

    def __iter__(self):
        if self.left:
            yield from self.left
        yield self.value
        if self.right:
            yield from self.right


def tree(lo, hi):
    if lo >= hi:
        return None
    mid = (lo + hi) // 2
    return Tree(tree(lo, mid), mid, tree(mid + 1, hi))


print(list(tree(0, 40)) == list(range(40)), sum(tree(0, 1000)), max(tree(0, 77)))
for _ in range(3):
    n = 0
    for x in tree(0, 500):
        n += x
    print(n)


def count(n):
    for i in range(n):
        got = yield i
        if got is not None:
            print("innermost got", got)
    return "done"


def chain(depth, n):
    if depth:
        r = yield from chain(depth - 1, n)
        return (depth, r) if depth < 3 else r
    return (yield from count(n))


def ended(g):
    seen = []
    while True:
        try:
            seen.append(next(g))
        except StopIteration as e:
            return seen, e.value


print(ended(chain(5, 4)))

# Sent, thrown and closed in the middle.
g = chain(6, 10)
print(next(g), g.send("hello"), next(g))
try:
    g.throw(KeyError("x"))
except KeyError as e:
    names = []
    tb = e.__traceback__
    while tb:
        names.append((tb.tb_frame.f_code.co_name, tb.tb_lineno))
        tb = tb.tb_next
    print(e, names)
print(list(g))

log = []


def cleaning(depth):
    try:
        if depth:
            yield from cleaning(depth - 1)
        else:
            yield 1
            yield 2
    finally:
        log.append(depth)


g = cleaning(4)
print(next(g), next(g))
g.close()
print(log)
log.clear()
for x in cleaning(3):
    if x == 2:
        break
del x
print(log)
log.clear()

# An exception on the way back in.
def failing(depth):
    if depth:
        try:
            yield from failing(depth - 1)
        except ValueError as e:
            if depth == 2:
                yield "caught " + str(e)
            raise
    else:
        yield "first"
        raise ValueError("inside")


try:
    for x in failing(4):
        print(x)
except ValueError as e:
    n = 0
    tb = e.__traceback__
    while tb:
        n += 1
        tb = tb.tb_next
    print("left", e, n)

# Somebody else goes on with one in the middle.
inner = count(6)


def outer():
    yield from inner


def outermost():
    yield from outer()


g = outermost()
print(next(g), next(inner), next(g), next(inner), next(g), list(inner), list(g))

# One that is running already.
def selfish():
    yield 1
    try:
        next(top)
    except ValueError as e:
        yield str(e)
    try:
        next(mid)
    except ValueError as e:
        yield str(e)
    yield top.gi_running, mid.gi_running, top.gi_yieldfrom is mid


def middle():
    yield from selfish()


def outside():
    yield from mid


mid = middle()
top = outside()
print(list(top), top.gi_yieldfrom)


# Frames seen from inside.
def looker(n):
    for _ in range(n):
        f = sys._getframe()
        names = []
        while f is not None:
            names.append(f"{f.f_code.co_name}:{f.f_lineno}")
            f = f.f_back
        yield " ".join(names)


def shows(depth):
    if depth:
        yield from shows(depth - 1)
    else:
        yield from looker(3)


def run():
    for line in shows(3):
        print(line)


run()
g = shows(2)
next(g)
print(g.gi_frame.f_lineno, g.gi_yieldfrom.gi_frame.f_lineno, g.gi_running, g.gi_suspended)
frame = g.gi_yieldfrom.gi_frame
print(next(g) is not None, frame.f_lineno, frame.f_locals["depth"])
del frame


# Other iterators at the end of the chain, and a change of what is delegated to.
def items(depth, it):
    if depth:
        yield from items(depth - 1, it)
    else:
        yield from it


print(list(items(4, [1, 2, 3])), list(items(3, "abc")), list(items(2, map(str, range(3)))))


class Both:
    def __init__(self):
        self.n = 0

    def __iter__(self):
        return self

    def __next__(self):
        self.n += 1
        if self.n > 3:
            raise StopIteration("end of Both")
        return self.n

    def send(self, v):
        print("sent", v)
        return next(self)


def collect(depth, o):
    if depth:
        return (yield from collect(depth - 1, o))
    return (yield from o)


print(ended(collect(3, Both())))


# Handling an exception while it is suspended.
def handles(depth):
    try:
        raise KeyError(depth)
    except KeyError:
        if depth:
            yield from handles(depth - 1)
        else:
            yield repr(sys.exception())
            yield repr(sys.exception())
        yield depth, repr(sys.exception())


try:
    raise IndexError("around")
except IndexError:
    for x in handles(3):
        print(x, repr(sys.exception()))


# Coroutines.
@types.coroutine
def pause(x):
    got = yield x
    return got


class Awaitable:
    def __init__(self, n):
        self.n = n

    def __await__(self):
        for i in range(self.n):
            yield i
        return self.n * 10


async def deep(depth):
    if depth:
        a = await deep(depth - 1)
        return a + 1
    total = 0
    for i in range(3):
        total += await pause(("paused", i)) or 0
        total += await Awaitable(2)
    return total


def drive(c):
    seen = []
    v = None
    while True:
        try:
            seen.append(c.send(v))
            v = len(seen)
        except StopIteration as e:
            return seen, e.value


print(drive(deep(5)))
print(drive(deep(0)))


async def twice(c):
    await c
    try:
        await c
    except RuntimeError as e:
        print(e)


print(drive(twice(deep(1))))


async def awaited_already():
    c = deep(2)

    async def first():
        await c

    f = first()
    f.send(None)
    try:
        await c
    except RuntimeError as e:
        print(e)
    f.close()
    return "ok"


print(drive(awaited_already()))


async def agen(n):
    for i in range(n):
        await pause(("agen", i))
        yield i


async def over(n):
    return [x async for x in agen(n)]


print(drive(over(3)))


async def fib(n):
    if n <= 1:
        return n
    return await fib(n - 1) + await fib(n - 2)


print(drive(fib(16)))


# Deeper than the limit.
def endless(n):
    yield n
    yield from endless(n + 1)


def deepest():
    last = 0
    try:
        for last in endless(0):
            pass
    except RecursionError:
        return last > 100
    return False


print(deepest())


def long(n, c):
    g = count(c)
    for _ in range(n):
        g = (lambda g: (x for x in iter_of(g)))(g) if n < 0 else passing(g)
    return g


def passing(g):
    return (yield from g)


print(list(long(300, 5)))
