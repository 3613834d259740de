class A:
    x = 1

    def __getattribute__(self, name):
        if name.startswith("log_"):
            return "intercepted " + name
        return super().__getattribute__(name)

    def __getattr__(self, name):
        if name == "boom":
            raise AttributeError("custom " + name)
        return "missing " + name

    def __setattr__(self, name, value):
        print("set", name, value)
        super().__setattr__(name, value)

    def __delattr__(self, name):
        print("del", name)
        super().__delattr__(name)

    def __dir__(self):
        return ["b", "a"]


a = A()
a.y = 2
print(a.y, a.x, a.log_it, a.zzz, dir(a))
del a.y
print(a.y)
try:
    a.boom
except AttributeError as e:
    print(e)
print(getattr(a, "boom", "default"), hasattr(a, "boom"), hasattr(a, "w"))
object.__setattr__(a, "direct", 1)
print(a.__dict__)


class Private:
    __v = 1

    def get(self):
        return self.__v

    def _Private__m(self):
        return "m"

    def call(self):
        return self.__m()


p = Private()
print(p.get(), p.call(), [n for n in dir(Private) if "Private" in n])
try:
    p.__v
except AttributeError as e:
    print(e)


class ErrorInGet:
    def __getattribute__(self, n):
        raise ZeroDivisionError(n)


try:
    ErrorInGet().abc
except ZeroDivisionError as e:
    print("raised", e)


class Module:
    pass


import types
m = types.ModuleType("m", "doc")
m.a = 1
print(m, m.__doc__, m.a)
try:
    m.b
except AttributeError as e:
    print(e)
m.__getattr__ = lambda n: "dyn " + n
print(m.b)
