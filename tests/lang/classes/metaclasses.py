class Meta(type):
    @classmethod
    def __prepare__(mcs, name, bases, **kw):
        print("prepare", name, bases, kw)
        return {"injected": 1}

    def __new__(mcs, name, bases, ns, **kw):
        print("new", name, [k for k in ns if not k.startswith("__")])
        return super().__new__(mcs, name, bases, ns)

    def __init__(cls, name, bases, ns, **kw):
        print("init", name, kw)
        super().__init__(name, bases, ns)

    def __call__(cls, *a):
        print("call", a)
        return super().__call__(*a)

    def __getattr__(cls, name):
        return "meta " + name

    def __len__(cls):
        return 99

    def __iter__(cls):
        return iter("it")

    def __contains__(cls, x):
        return x == 1

    @property
    def p(cls):
        return cls.__name__ + ".p"


class A(metaclass=Meta, flag=True):
    def __init__(self, v):
        self.v = v


print(A(3).v, A.injected, A.other, len(A), list(A), 1 in A, A.p)


class B(A): pass


print(type(B).__name__, type(Meta).__name__)
try:
    A(1).other
except AttributeError as e:
    print(e)


class M1(type): pass
class M2(type): pass
class X(metaclass=M1): pass
class Y(metaclass=M2): pass


try:
    class Z(X, Y): pass
except TypeError as e:
    print(str(e)[:60])


class Sub:
    subs = []

    def __init_subclass__(cls, /, tag=None, **kw):
        super().__init_subclass__(**kw)
        Sub.subs.append((cls.__name__, tag))


class S1(Sub, tag="x"): pass
class S2(S1): pass


print(Sub.subs)
try:
    class S3(Sub, bad=1): pass
except TypeError as e:
    print(e)


def func_meta(name, bases, ns):
    return (name, bases, sorted(k for k in ns if not k.startswith("__")))


class F(metaclass=func_meta):
    a = 1


print(F)
T = type("T", (int,), {"twice": lambda self: self * 2})
print(T(4).twice(), T.__name__, T.__module__)
for args in ((1, (), {}), ("T", [], {}), ("T", (bool,), {})):
    try:
        type(*args)
    except TypeError as e:
        print(e)


class Reg(type):
    def __instancecheck__(cls, x): return x == 5
    def __subclasscheck__(cls, x): return x is int


class R(metaclass=Reg): pass


print(isinstance(5, R), isinstance(6, R), issubclass(int, R), issubclass(str, R))
