print(type(type), type(object), object.__bases__, type.__mro__, isinstance(object, type), isinstance(type, object))
o = object()
print(repr(o)[:18], o == o, hash(o) == hash(o), str(o) == repr(o), bool(o))
try:
    o.x = 1
except AttributeError as e:
    print(e)
print(type("X", (), {})().__class__.__name__, int.__name__, type(None), type(...), type(NotImplemented), type(len), type([].append), type(lambda: 0), type(type(o).__init__), type(int.__dict__["real"]), type(int.__add__), type((1).__add__), type(str.join), type(dict.fromkeys))
print([c.__name__ for c in bool.__mro__], int.__subclasscheck__(bool), list[int], dict[str, int], list[int].__origin__, list[int].__args__, int | None, (int | str).__args__, isinstance(1, int | None), type(int | str))
try:
    isinstance(1, list[int])
except TypeError as e:
    print(e)
for code in ("isinstance(1, 5)", "issubclass(1, int)", "int.x = 1", "type()", "type(1, 2)", "del int.real", "class A(1): pass", "class A(int, str): pass", "class A(None): pass", "object().__init__(1)", "None.x", "None.x = 1", "(1).x = 1", "type.__call__()", "int.__new__()", "super().x", "NotImplemented and 1"):
    try:
        exec(code)
        print(code, "ok")
    except Exception as e:
        print(code, type(e).__name__, str(e)[:100])
print(None is None, None == None, repr(None), str(...), bool(None), type(None)() is None, NotImplemented is NotImplemented)
print(hasattr(5, "__add__"), (5).__add__(3), (5).__add__("x"), "a".__mul__(3), [1].__eq__([1]), (1).__eq__("1"), int.__eq__(1, 1))
print(object.__eq__(1, 1), object.__ne__(1, 2), object().__eq__(5), object.__format__(5, ""), object.__sizeof__(5) > 0)
class A:
    pass
A.__name__ = "Renamed"
A.__qualname__ = "Q"
print(A, A.__name__)
print(A.__subclasses__(), type.__subclasses__(A), int.__doc__[:12], A.__doc__)
import sys
print(sys.getsizeof([]) > 0, sys.getrefcount(object()) >= 1, sys.intern("abc") is sys.intern("abc"))
print(sys.version_info[:2] >= (3, 14), sys.maxsize, sys.byteorder, sys.float_info.max, sys.int_info.bits_per_digit > 0, sys.hash_info.width)
