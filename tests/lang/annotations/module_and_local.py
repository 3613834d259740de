x: int = 5
y: str
print(x, __annotations__ if "__annotations__" in globals() else __annotate__(1))
try:
    y
except NameError as e:
    print(e)


def f():
    a: int = 1
    b: nonsense_name
    (c): int = 3
    d: list[nonsense] = []
    return a, c, d


print(f(), f.__annotations__)


class O:
    pass


o = O()
o.attr: int = 5
l = [0]
l[0]: int = 7
print(o.attr, l)
print((lambda: (yield))().__class__.__name__)


class Conditional:
    if x > 3:
        p: int
    else:
        q: int


print(Conditional.__annotations__)
