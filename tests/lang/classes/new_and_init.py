class A:
    def __new__(cls, *a, **k):
        print("new", cls.__name__, a, k)
        return super().__new__(cls)

    def __init__(self, *a, **k):
        print("init", a, k)


A(1, k=2)


class B(A):
    def __new__(cls):
        return 5


print(B())


class Singleton:
    _it = None

    def __new__(cls):
        if cls._it is None:
            cls._it = object.__new__(cls)
        return cls._it


print(Singleton() is Singleton())


class I(int):
    def __new__(cls, v):
        return int.__new__(cls, v * 2)

    def __init__(self, v):
        self.orig = v


i = I(4)
print(i, i.orig, i + 1, type(i + 1).__name__, isinstance(i, int))


class T(tuple):
    def __new__(cls, *items):
        return super().__new__(cls, items)


print(T(1, 2), len(T(1, 2)), T(1) + (2,))


class S(str):
    def shout(self): return self.upper() + "!"


print(S("a").shout(), type(S("a") + "b").__name__, {S("a"): 1}["a"])


class D(dict):
    def __missing__(self, k): return k * 2


d = D(a=1)
print(d["a"], d["zz"], d.get("q"), d)


class L(list):
    def append(self, x):
        super().append(x)
        super().append(x)


l = L()
l.append(1)
l.extend([5])
print(l, l == [1, 1, 5])


class BadInit:
    def __init__(self): return 1


for f in (BadInit, lambda: object.__new__(int), lambda: object.__new__(5), lambda: int.__new__(str),
          lambda: A.__new__()):
    try:
        f()
    except TypeError as e:
        print(e)


class F(float):
    def __repr__(self): return "F" + super().__repr__()


print(F(1.5), F(2) * 2, [F(1)])


class By(bytes): pass


class Fs(frozenset): pass


print(By(b"a") + b"b", Fs([1]) | {2}, type(Fs([1]) | {2}).__name__)
try:
    class Bo(bool): pass
except TypeError as e:
    print(e)
