# super() in compiled functions, instances made by __new__, and calls with the items of tuples and dicts.
import gc
from abc import ABCMeta, abstractmethod


class Base:
    limit = 3

    def __init__(self, n=0):
        self.n = n

    def name(self, x):
        return ("base", self.n, x)

    @classmethod
    def make(cls, n):
        return (cls.__name__, n)

    @staticmethod
    def plain(n):
        return n * 2

    @property
    def half(self):
        return self.n / 2


class Sub(Base):
    limit = 5

    def __new__(cls, n=0):
        self = super().__new__(cls)
        self.made = "new"
        return self

    def __init__(self, n=0):
        super().__init__(n + 1)

    def name(self, x):
        return ("sub",) + super().name(x)

    @classmethod
    def make(cls, n):
        return super().make(n + 1)

    @staticmethod
    def plain(n):
        return super(Sub, Sub).plain(n) + 1

    @property
    def half(self):
        return super().half + super().limit

    def missing(self):
        try:
            return super().nothing
        except AttributeError as e:
            return str(e)

    def bound(self):
        f = super().name
        return f(1)


class Last(Sub):
    def name(self, x):
        return super().name(x) + ("last",)


def run(turns):
    out = []
    for k in range(turns):
        s = Sub(k) if k % 3 else Last(k)
        out.append((s.name(k), s.made, s.n, s.half, s.make(k), s.plain(k), s.bound(), type(s).__name__))
    return out[-3:], s.missing()


print(run(30))


class Pair:
    __slots__ = ("a", "b")

    def __new__(cls, a, b=1):
        self = super(Pair, cls).__new__(cls)
        self.a, self.b = a, b
        return self

    @classmethod
    def of(cls, a):
        p = super(Pair, cls).__new__(cls)
        p.a = a
        p.b = -a
        return p

    def __add__(self, other):
        return Pair.of(self.a + other.a)

    def __eq__(self, other):
        return self.a == other.a and self.b == other.b

    __hash__ = None


class Other(Pair):
    __slots__ = ()


def pairs(turns):
    p = Pair(0)
    for k in range(turns):
        p = p + Pair(k)
        q = Other.of(k) if k % 5 == 0 else Pair.of(k)
    return p.a, p.b, q.a, type(q).__name__, p == q, q == q


print(pairs(40))


class Abstract(metaclass=ABCMeta):
    def __new__(cls, *args):
        return super().__new__(cls)

    @abstractmethod
    def f(self):
        pass


class Real(Abstract):
    def f(self):
        return 1


def abstract(turns):
    n = 0
    for k in range(turns):
        cls = Abstract if k == turns - 1 else Real
        try:
            n += cls(k).f()
        except TypeError as e:
            return n, "abstract" in str(e)


print(abstract(30))


class Int(int):
    def __new__(cls, n):
        return super().__new__(cls, n * 2)

    def __add__(self, other):
        return Int(super().__add__(other))


def ints(turns):
    x = Int(1)
    for k in range(turns):
        x = x + k
        if x > 1000:
            x = Int(k)
    return x, type(x).__name__


print(ints(40))


class Changing(Base):
    def name(self, x):
        return super().name(x)


def changing(turns):
    out = []
    c = Changing(1)
    for k in range(turns):
        if k == turns // 2:
            Base.name = lambda self, x: ("changed", x)
        out.append(c.name(k)[0])
    return out[turns // 2 - 2 : turns // 2 + 2]


print(changing(40))


class Alive:
    count = 0

    def __new__(cls):
        Alive.count += 1
        return super().__new__(cls)

    def __del__(self):
        Alive.count -= 1


def alive(turns):
    for _ in range(turns):
        a = Alive()
    del a
    gc.collect()
    return Alive.count


print(alive(30))


# Calls with * and **.
def f(*args, **kw):
    return args, sorted(kw.items())


def three(a, b=2, *, c=3):
    return a + b * 10 + c * 100


def forward(g, *args, **kw):
    return g(*args, **kw)


def calls(turns):
    out = []
    for k in range(turns):
        t = (k, k + 1)
        d = {"c": k}
        out.append(f(*t))
        out.append(f(*t, **d))
        out.append(forward(three, *t, **d))
        out.append(forward(three, 1, c=k))
        out.append(max(*t) + len([*t, *t]))
        out.append(forward("{} {x}".format, k, x=k))
        out.append(forward(Base, k).n)
        out.append(list(forward(gen, k % 3)))
    return out[-8:]


def gen(n):
    for i in range(n):
        yield i


print(calls(20))


def wrong(turns):
    said = []
    for k in range(turns):
        d = {"c": 1, "b": 3}
        if k == turns - 3:
            d["x"] = 1
        t = (1, 2, 3) if k == turns - 2 else (1,)
        try:
            forward(three, *t, **d)
        except TypeError as e:
            said.append(str(e).split("(")[0])
    return said


print(wrong(20))


def raising(turns):
    out = []
    for k in range(turns):
        try:
            out.append(forward(divide, 10, k % 4))
        except ZeroDivisionError:
            out.append("zero")
    return out[-5:]


def divide(a, b):
    return a // b


print(raising(22))
