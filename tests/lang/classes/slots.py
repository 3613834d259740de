class P:
    __slots__ = ("x", "y")

    def __init__(self, x):
        self.x = x


p = P(1)
print(p.x)
for code in ("p.y", "p.z = 1", "p.__dict__", "del p.y"):
    try:
        exec(code)
    except AttributeError as e:
        print(e)
p.y = 2
del p.y
print(hasattr(p, "y"), type(P.x).__name__, P.__slots__)


class Q(P):
    __slots__ = "w"


q = Q(1)
q.w = 3
print(q.w, q.x)


class R(P): pass


r = R(1)
r.anything = 5
print(r.__dict__)
for body in ("__slots__ = ('a',); a = 1", "__slots__ = ('1a',)", "__slots__ = (1,)"):
    try:
        exec("class Bad:\n    " + body)
    except (ValueError, TypeError) as e:
        print(type(e).__name__, e)
try:
    class Conflict(P, Q): pass
except TypeError as e:
    print("mro conflict")


class S2:
    __slots__ = ("b",)


try:
    class Layout(P, S2): pass
except TypeError as e:
    print(e)


class WithDict:
    __slots__ = ("a", "__dict__", "__weakref__")


w = WithDict()
w.a, w.b = 1, 2
print(w.a, w.__dict__)
import weakref
print(weakref.ref(w)() is w)
try:
    weakref.ref(p)
except TypeError as e:
    print(e)


class Mangled:
    __slots__ = ("__secret",)

    def __init__(self):
        self.__secret = 1


print(Mangled()._Mangled__secret)
