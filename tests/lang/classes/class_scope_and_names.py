class A:
    x = 1
    y = x + 1

    def f(self):
        try:
            return x
        except NameError as e:
            return str(e)

    class Inner:
        def g(self):
            return __class__.__qualname__

    for i in range(3):
        pass
    del i
    if True:
        z = "cond"
    print(__name__, __qualname__, sorted(k for k in locals() if not k.startswith("__")))


print(A().f(), A.Inner().g(), A.z, A.Inner.__qualname__)
x = "global"


def f():
    x = "local"

    class B:
        a = x
        x = "class"
        b = x
    return B.a, B.b


try:
    print(f())
except NameError as e:
    print(e)


class C:
    global created_global
    created_global = 5


print(created_global)


def g():
    n = 1

    class D:
        nonlocal n
        n = 2
    return n


print(g())


class E:
    locals()["dyn"] = 3


print(E.dyn)
print(A.__dict__["x"], type(A.__dict__).__name__, A.__weakref__ is not None)
print(A.__static_attributes__, A.__firstlineno__)


class F:
    def __init__(self):
        self.p = 1
        self.q = 2


print(sorted(F.__static_attributes__))


class Meta(type):
    def __repr__(cls):
        return "<meta " + cls.__name__ + ">"


class G(metaclass=Meta): pass


print(G, [G])
print(repr(A.f)[:14], repr(A)[:25])
