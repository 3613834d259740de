def f(a: int, b: "str" = "x", *, c=1) -> list:
    """Doc."""
    return []


print(f.__name__, f.__qualname__, f.__doc__, f.__module__)
print(f.__defaults__, f.__kwdefaults__)
print(f.__annotations__)
f.extra = 1
print(f.extra, f.__dict__)
f.__name__ = "g"
print(f.__name__)
f.__doc__ = None
print(f.__doc__)


class A:
    def m(self):
        def inner():
            pass
        return inner

    @staticmethod
    def s():
        pass


print(A.m.__qualname__, A().m().__qualname__, A.s.__qualname__, (lambda: 0).__qualname__)
bound = A().m
print(bound.__name__, bound.__func__ is A.m, type(bound.__self__).__name__)
try:
    bound.x = 1
except AttributeError as e:
    print(e)
print(f.__code__.co_argcount, f.__code__.co_kwonlyargcount, f.__code__.co_varnames)
f.__defaults__ = (9,)
f.__code__ = (lambda a, b=1, *, c=2: (a, b, c)).__code__
print(f(1))
print(callable(f), callable(1), callable(A), callable(A()))
