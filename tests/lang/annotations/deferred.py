# PEP 649: annotations are evaluated when asked for.
def f(a: Later, b: undefined_thing = 1) -> Later:
    return a


class Later:
    pass


print(f.__annotate__ is not None)
try:
    f.__annotations__
except NameError as e:
    print(e)
undefined_thing = int
print(f.__annotations__)


class C:
    x: int
    y: "str" = "a"
    z: list[Unknown]

    def m(self, v: C) -> C: ...


print(C.m.__annotations__["v"] is C, C.y, hasattr(C, "x"))
try:
    C.__annotations__
except NameError as e:
    print(e)
Unknown = bytes
print(C.__annotations__)
del C.__annotations__
print(C.__annotations__)
C.__annotations__ = {"new": 1}
print(C.__annotations__)


def g(): ...


print(g.__annotations__, g.__annotate__)
g.__annotations__["k"] = 1
print(g.__annotations__)


class D(C):
    pass


print(D.__annotations__)
f.__annotate__ = lambda format: {"a": format}
print(f.__annotations__)
try:
    f.__annotate__ = 5
except TypeError as e:
    print(e)
