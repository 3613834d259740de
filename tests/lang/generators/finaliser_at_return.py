# A generator or coroutine that ends while a finaliser of one of its variables runs.


def deep(n):
    return 0 if n == 0 else 1 + deep(n - 1)


class Loud:
    def __del__(self):
        print("gone", deep(5))


def returns():
    x = Loud()
    if x is None:
        yield
    return 5


def show(f):
    try:
        print("yielded", f())
    except StopIteration as e:
        print("returned", e.value)


show(lambda: returns().send(None))
show(lambda: next(returns()))
print([v for v in returns()])


def outer():
    r = yield from returns()
    print("inner returned", r)
    yield 1


print(list(outer()))


async def coro():
    x = Loud()
    return 6


async def main():
    print(await coro())


c = main()
show(lambda: c.send(None))


async def agen():
    x = Loud()
    yield 1
    x = None
    y = Loud()


async def main():
    print([v async for v in agen()])


c = main()
show(lambda: c.send(None))
