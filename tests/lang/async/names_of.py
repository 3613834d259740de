# Names of generators and coroutines: the function's at the time of the call.
def gen():
    yield 1


g = gen()
print(g.__name__, g.__qualname__, repr(g).split(" at ")[0])
gen.__name__ = "other"
gen.__qualname__ = "quite.other"
h = gen()
print(g.__name__, g.__qualname__, h.__name__, h.__qualname__)
g.__name__ = "mine"
print(g.__name__, g.__qualname__, next(g))
try:
    g.__qualname__ = 5
except TypeError as e:
    print(e)


async def co(a, b=2, *c, d=4, **e):
    return a, b, c, d, e


for made in (co(1), co(1, 5), co(1, 2, 3, d=5, x=6)):
    print(made.__name__)
    try:
        made.send(None)
    except StopIteration as e:
        print(e.value)


def deep(n):
    if n:
        yield from deep(n - 1)
    yield n


def inside():
    # Calls of all kinds from a generator, whose registers lie in its object.
    def f(a, b):
        return a - b

    class K:
        def __init__(self, v):
            self.v = v

        def m(self, x):
            return self.v + x

    yield f(3, 1)
    yield f(b=3, a=1)
    yield f(*(5, 2))
    k = K(10)
    yield k.m(5)
    yield sum(x for x in deep(3))
    yield list(deep(2))
    yield (lambda *a: a)(1, 2)


print(list(deep(4)), list(inside()))
try:
    gen(1)
except TypeError as e:
    print(e)


def rec(n):
    yield from rec(n + 1)


try:
    list(rec(0))
except RecursionError as e:
    print("deep enough")
it = (i for i in range(3))
print(next(it), list(it), list(it))
