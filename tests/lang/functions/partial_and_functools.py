import functools
import operator

p = functools.partial(int, base=2)
print(p("101"), p.func is int, p.args, p.keywords)
print(functools.reduce(operator.add, [1, 2, 3], 10), functools.reduce(max, [3, 1]))


@functools.lru_cache(maxsize=2)
def f(x):
    print("compute", x)
    return x * 2


print(f(1), f(1), f(2), f(3), f(1))
print(f.cache_info())
f.cache_clear()
print(f.cache_info())


@functools.cache
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


print(fib(80))


@functools.wraps(fib)
def w():
    pass


print(w.__name__, w.__wrapped__ is fib)


@functools.total_ordering
class O:
    def __init__(self, v):
        self.v = v

    def __eq__(self, o):
        return self.v == o.v

    def __lt__(self, o):
        return self.v < o.v


print(O(1) <= O(1), O(2) > O(1), O(1) >= O(2))


@functools.singledispatch
def kind(x):
    return "object"


@kind.register
def _(x: int):
    return "int"


@kind.register(list)
def _(x):
    return "list"


print(kind(1), kind([]), kind("s"), kind(True))


class C:
    @functools.cached_property
    def value(self):
        print("once")
        return 5


c = C()
print(c.value, c.value, c.__dict__)
print(sorted("bca", key=functools.cmp_to_key(lambda a, b: (a < b) - (a > b))))


class M:
    def m(self, a, b):
        return a, b
    pm = functools.partialmethod(m, 1)


print(M().pm(2))
