class Aw:
    def __init__(self, v): self.v = v

    def __await__(self):
        got = yield self.v
        return got


async def f(x):
    a = await Aw(x)
    b = await Aw(x + 1)
    return a, b


def drive(coro, *sends):
    out = []
    try:
        out.append(coro.send(None))
        for s in sends:
            out.append(coro.send(s))
    except StopIteration as e:
        out.append(("return", e.value))
    return out


print(drive(f(1), "x", "y"))
c = f(1)
print(type(c).__name__, c.__name__, c.cr_running)
c.close()
try:
    c.send(None)
except RuntimeError as e:
    print(e)


async def with_cm():
    class CM:
        async def __aenter__(self):
            print("aenter", await Aw("e"))
            return "cm"

        async def __aexit__(self, *a):
            print("aexit", a[0] and a[0].__name__)
            return True
    async with CM() as v:
        print(v)
        raise ValueError
    return "after"


print(drive(with_cm(), 1))


async def agen(n):
    for i in range(n):
        got = yield i
        if got:
            print("agen got", got)
        await Aw("pause")


async def use():
    total = []
    async for x in agen(3):
        total.append(x)
    comp = [x async for x in agen(2)]
    d = {x: x * 2 async for x in agen(2) if x}
    s = sum([await f2(x) for x in range(3)])
    else_ran = False
    async for x in agen(0):
        pass
    else:
        else_ran = True
    return total, comp, d, s, else_ran


async def f2(x): return x


print(drive(use(), *[None] * 20)[-1])


async def ag_ops():
    g = agen(3)
    print(await g.__anext__())
    print(await g.asend("hello"))
    await g.aclose()
    try:
        await g.__anext__()
    except StopAsyncIteration:
        print("stopped")
    g = agen(2)
    await g.__anext__()
    try:
        await g.athrow(KeyError("thrown"))
    except KeyError as e:
        print(repr(e))


drive(ag_ops(), *[None] * 10)


async def bad():
    await 5


for coro in (bad(),):
    try:
        coro.send(None)
    except TypeError as e:
        print(type(e).__name__)


async def bad_for():
    async for x in [1]:
        pass


try:
    bad_for().send(None)
except TypeError as e:
    print(e)


async def twice():
    c = f2(1)
    await c
    try:
        await c
    except RuntimeError as e:
        print(e)


drive(twice())
import types


@types.coroutine
def old():
    x = yield "old"
    return x


async def uses_old():
    return await old()


print(drive(uses_old(), 9))


async def raises():
    raise StopIteration("s")


try:
    raises().send(None)
except RuntimeError as e:
    print(e)


async def deep(n):
    return n if n == 0 else 1 + await deep(n - 1)


print(drive(deep(100)))


async def agen_expr():
    g = (x * 2 async for x in agen(2))
    return [y async for y in g]


print(drive(agen_expr(), *[None] * 9)[-1])
