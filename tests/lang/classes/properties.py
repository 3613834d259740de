class T:
    def __init__(self):
        self._c = 0

    @property
    def c(self):
        """The c."""
        return self._c

    @c.setter
    def c(self, v):
        if v < 0:
            raise ValueError("negative")
        self._c = v

    @c.deleter
    def c(self):
        print("deleted")

    @property
    def ro(self):
        return 1

    wo = property(None, lambda self, v: print("wo", v))


t = T()
t.c = 3
print(t.c, T.c.__doc__, T.c.fget.__name__, T.c.__name__)
del t.c
for code in ("t.ro = 1", "del t.ro", "t.wo", "t.c = -1", "T().ro = 2"):
    try:
        exec(code)
    except (AttributeError, ValueError) as e:
        print(type(e).__name__, e)
t.wo = 4
print(isinstance(T.c, property), T.ro.fset)


class S(T):
    @T.c.getter
    def c(self):
        return "sub"


s = S()
s.c = 1
print(s.c)


class Cls:
    @classmethod
    def make(cls, *a):
        return cls.__name__, a

    @staticmethod
    def st(*a):
        return a


class Sub(Cls): pass


print(Cls.make(1), Sub.make(2), Sub().make(3), Cls.st(1), Cls().st(2))
print(Cls.__dict__["st"](5), Cls.__dict__["make"].__func__(Cls, 1))
try:
    Cls.__dict__["make"]()
except TypeError as e:
    print(e)
