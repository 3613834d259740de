class A:
    """Doc of A."""
    count = 0

    def __init__(self, x):
        self.x = x
        A.count += 1

    def __repr__(self):
        return f"A({self.x!r})"


a, b = A(1), A("z")
print(a, b, A.count, a.count, A.__doc__, A.__name__, A.__qualname__, A.__module__)
a.count = 10
print(a.count, A.count, a.__dict__, b.__dict__)
del a.count
print(a.count)
try:
    del a.count
except AttributeError as e:
    print(e)
try:
    a.missing
except AttributeError as e:
    print(e, e.name, e.obj is a)
try:
    A.missing
except AttributeError as e:
    print(e)
print(isinstance(a, A), type(a) is A, a.__class__ is A, A.__bases__, A.__mro__)
A.method = lambda self, y: (self.x, y)
print(a.method(5))
setattr(A, "late", 7)
print(b.late)


class B(A):
    def __init__(self):
        super().__init__("b")


print(B(), issubclass(B, A), B.__base__)
b.__class__ = B
print(type(b).__name__)
try:
    b.__class__ = int
except TypeError as e:
    print(e)
print(hasattr(a, "x"), hasattr(a, "y"))
x = A.__new__(A)
print(x.__dict__)


class Empty: pass


e = Empty()
e.__dict__ = {"k": 1}
print(e.k, vars(e))
try:
    e.__dict__ = 5
except TypeError as err:
    print(err)
print([n for n in dir(e) if not n.startswith("__")])
