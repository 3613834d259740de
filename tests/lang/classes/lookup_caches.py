# What caches of attribute look-ups must notice: changes of the class, of a base, of the metaclass, of the bases themselves.
import gc


def loads(n, f):
    out = []
    for _ in range(n):
        try:
            out.append(f())
        except AttributeError as e:
            out.append(str(e))
    return out[0] if all(x == out[0] for x in out) else out


class Base:
    x = "base"

    @classmethod
    def cm(cls, *args):
        return cls.__name__, args

    @staticmethod
    def sm(*args):
        return args


class Sub(Base):
    pass


class Other(Base):
    x = "other"


def read_x():
    return Sub.x


print(loads(40, read_x))
Base.x = "base changed"
print(loads(40, read_x))
Sub.x = "own"
print(loads(40, read_x))
del Sub.x
print(loads(40, read_x))
Sub.__bases__ = (Other,)
print(loads(40, read_x))
Sub.__bases__ = (Base,)
print(loads(40, read_x))
del Base.x
print(loads(40, read_x))

# One site, several classes.
classes = [type("K%d" % i, (), {"v": i}) for i in range(9)]


def read_v(c):
    return c.v


print([[read_v(c) for c in classes] for _ in range(3)])
classes[3].v = "three"
print([read_v(c) for c in classes])


# A data descriptor of the metaclass comes first, whenever it appears.
class Meta(type):
    pass


class WithMeta(metaclass=Meta):
    y = "from the class"


def read_y():
    return WithMeta.y


print(loads(40, read_y))
Meta.y = property(lambda cls: "from the metaclass")
print(loads(40, read_y))
del Meta.y
print(loads(40, read_y))


class Getting(type):
    def __getattribute__(cls, name):
        return "got " + name


class Gotten(metaclass=Getting):
    z = 1


print(loads(40, lambda: Gotten.z))

# classmethod and staticmethod objects, through class and instance, and hidden by an instance attribute.
s = Sub()


def call_all():
    return Sub.cm(1), s.cm(2), Sub.sm(3), s.sm(4), Base.cm(), Sub.cm(*[5], **{})


print(loads(40, call_all))
s.cm = lambda *a: ("instance", a)
print(loads(40, call_all))
Base.sm = classmethod(lambda cls, *a: ("now of class", cls.__name__, a))
print(loads(40, call_all))
try:
    Sub.cm(k=1)
except TypeError as e:
    print(e)


# The old value is gone before its finaliser looks.
class Value:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        now = Holder.__dict__.get("held")
        print("del", self.name, "now", getattr(Holder, "held", None) is now, now and now.name)


class Holder:
    held = Value("first")


def read_held():
    return Holder.held.name


print(loads(40, read_held))
Holder.held = Value("second")
gc.collect()
print(loads(40, read_held))
del Holder.held
gc.collect()
print(hasattr(Holder, "held"))


# `__getattr__` is asked after everything else, also after a property that raises AttributeError.
class Asked:
    here = 1

    @property
    def broken(self):
        raise AttributeError("inside")

    def __getattr__(self, name):
        if name.startswith("no"):
            raise AttributeError("no such thing: " + name)
        return "asked for " + name


a = Asked()
a.own = 2
print(loads(40, lambda: (a.here, a.own, a.there, a.broken)))
print(loads(40, lambda: a.nothing))
try:
    a.nothing
except AttributeError as e:
    print(e, e.__context__)


class Both(Asked):
    def __getattribute__(self, name):
        if name == "first":
            return "attribute"
        return super().__getattribute__(name)


b = Both()
print(loads(40, lambda: (b.first, b.here, b.other)))


# A function with attributes is still a function.
def function(x, y=2):
    return x, y


function.mark = 1


class WithFunction:
    method = function


print(loads(40, lambda: (function(1), function(1, y=3), function(*[4]), WithFunction().method()[1:])))

# Operators look on the type, and see changes.
class Num:
    def __init__(self, n):
        self.n = n

    def __add__(self, o):
        return ("add", self.n, o.n if isinstance(o, Num) else o)

    def __radd__(self, o):
        return ("radd", o, self.n)


class More(Num):
    def __radd__(self, o):
        return ("more", o.n if isinstance(o, Num) else o, self.n)


print([Num(1) + Num(2), Num(1) + 5, 5 + Num(1), Num(1) + More(2), More(1) + Num(2)])
del More.__radd__
print([Num(1) + More(2), 1 + More(2)])
Num.__iadd__ = lambda self, o: ("iadd", self.n, o)
n = Num(3)
n += 1
print(n)
print(max(3, 1, 2), min("b", "a"), max(2, 2.0), max([1], [2]), min(1.5, 1))
try:
    max(1, "a")
except TypeError as e:
    print(e)
