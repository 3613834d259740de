import gc


class D:
    def __init__(self, n): self.n = n
    def __del__(self): print("del", self.n)


d = D(1)
d = None
print("after 1")
D(2)
print("after 2")
l = [D(3), D(4)]
l.clear()
print("after list")


def f():
    x = D(5)
    return "returned"


print(f())
a, b = D(6), D(7)
a.o, b.o = b, a
del a, b
print("cycle still here")
n = gc.collect()
print("collected", n >= 2)


class Res:
    saved = []

    def __del__(self):
        Res.saved.append(self)
        print("resurrected")


r = Res()
del r
print(len(Res.saved))
Res.saved.clear()
print("gone")


class Raises:
    def __del__(self):
        raise ValueError("in del")


import sys
old = sys.unraisablehook
sys.unraisablehook = lambda u: print("unraisable", u.exc_type.__name__, u.exc_value)
r = Raises()
del r
sys.unraisablehook = old
try:
    x = D(8)
    raise KeyError
except KeyError:
    pass
x = D(9)
x = D(10)
del x
print("end")
