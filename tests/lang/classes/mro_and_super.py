class A:
    def f(self): return ["A"]


class B(A):
    def f(self): return ["B"] + super().f()


class C(A):
    def f(self): return ["C"] + super().f()


class D(B, C):
    def f(self): return ["D"] + super().f()


print(D().f(), [c.__name__ for c in D.__mro__], D.mro() == list(D.__mro__))
try:
    class X(A, B): pass
except TypeError as e:
    print(str(e).split("\n")[0])
try:
    class Y(A, A): pass
except TypeError as e:
    print(e)


class E(B):
    def f(self):
        return super(B, self).f()

    @classmethod
    def c(cls):
        return super().__init_subclass__ is not None

    def g(self):
        return [super(E, self).f() for _ in range(1)]


print(E().f(), E.c())
print(E().g())
s = super(B, D())
print(s.f(), s.__thisclass__.__name__, s.__self_class__.__name__)


class F(A):
    def f(self):
        __class__
        return __class__.__name__


print(F().f())


def outside():
    super()


try:
    outside()
except RuntimeError as e:
    print(e)


def noself(x):
    return super().f()


class P:
    @property
    def v(self): return 1


class Q(P):
    @property
    def v(self): return super().v + 1


print(Q().v)
try:
    super(A, 5)
except TypeError as e:
    print(e)
try:
    E().nothing
except AttributeError as e:
    print(e)
try:
    super(E, E()).nothing
except AttributeError as e:
    print(e)


class Base:
    def __init__(self, **kw):
        print("Base", sorted(kw))


class L(Base):
    def __init__(self, *, l, **kw):
        print("L", l)
        super().__init__(**kw)


class R(Base):
    def __init__(self, *, r, **kw):
        print("R", r)
        super().__init__(**kw)


class LR(L, R): pass


LR(l=1, r=2, z=3)


class Entry:
    def __mro_entries__(self, bases):
        return (A,)


class ViaEntry(Entry()): pass


print(ViaEntry.__bases__, ViaEntry.__orig_bases__[0].__class__.__name__)
