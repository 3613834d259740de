# What a class finds follows every change of it and of its bases.
class Base:
    pass


class C(Base):
    x = 1


def probe():
    return getattr(C, "y", "none"), getattr(C(), "y", "none"), hasattr(C, "z")


print(probe(), probe())
Base.y = 2
print(probe(), probe())
C.y = 3
print(probe())
del C.y
print(probe())
del Base.y
print(probe())


class Other:
    y = "other"
    z = "z"


class D(Base):
    pass


print(hasattr(D, "z"), hasattr(D(), "z"))
D.__bases__ = (Other,)
print(D.y, D().y, D.z)


# The value that a change drops is not found any more while it dies.
seen = []


class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        # With several threads this comes later, so nothing is printed.
        seen.append(str(getattr(Holder, "value", "nothing")))


class Holder:
    value = Noisy("first")


print(Holder.value.name, Holder().value.name)
Holder.value = Noisy("second") if False else "plain"
Holder.value = Noisy("third")
print(Holder.value.name)
del Holder.value
print(all(type(x) is str for x in seen))


# A metaclass that looks at the class while its MRO is being made.
class Meta(type):
    def mro(cls):
        names = [getattr(cls, n, None) for n in ("late", "__init__")]
        print("mro", cls.__name__, names[0])
        return super().mro()


class Late:
    late = "late"

    def __init__(self):
        self.made = True


class Early(Late, metaclass=Meta):
    own = "own"


e = Early()
print(e.late, e.own, e.made)


# Special methods that come later.
class Plain:
    pass


p = Plain()
try:
    len(p)
except TypeError as err:
    print(err)
Plain.__len__ = lambda self: 7
print(len(p))
Plain.__len__ = lambda self: 8
print(len(p))
del Plain.__len__
try:
    len(p)
except TypeError as err:
    print(err)
