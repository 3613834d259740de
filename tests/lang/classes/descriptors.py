class Data:
    def __set_name__(self, owner, name):
        print("set_name", owner.__name__, name)
        self.name = name

    def __get__(self, obj, owner=None):
        if obj is None:
            return "class access"
        return ("get", obj.__dict__.get(self.name))

    def __set__(self, obj, value):
        print("set", value)
        obj.__dict__[self.name] = value

    def __delete__(self, obj):
        print("delete")
        del obj.__dict__[self.name]


class NonData:
    def __get__(self, obj, owner=None):
        return "nondata"


class A:
    d = Data()
    n = NonData()


a = A()
a.d = 5
print(a.d, A.d, a.__dict__)
a.__dict__["d"] = 6
print(a.d)
del a.d
print(a.n)
a.n = "own"
print(a.n, A.n)


class SetOnly:
    def __set__(self, obj, value):
        obj.__dict__["s"] = value * 2


class B:
    s = SetOnly()


b = B()
print(type(b.s).__name__)
b.s = 4
print(b.s)
try:
    del b.s
except AttributeError as e:
    print(e)


class GetOnly:
    def __get__(self, o, t=None):
        raise AttributeError("from get")


class C:
    g = GetOnly()

    def __getattr__(self, name):
        return "fallback " + name


print(C().g, C().zz)


def f(self): return self


print(f.__get__(1)(), f.__get__(None, int) is f)
print(type(A.__dict__["d"]).__name__, type(C.__dict__["g"]).__name__)
print(int.__add__.__get__(3)(4))
m = classmethod(lambda c: c)
print(m.__get__(None, int)(), staticmethod(len)("abc"))
try:
    int.__add__("a", 1)
except TypeError as e:
    print(e)
try:
    A.__dict__["x"] = 1
except TypeError as e:
    print(e)
