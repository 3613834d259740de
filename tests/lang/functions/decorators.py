def show(tag):
    print("evaluate", tag)

    def deco(f):
        print("apply", tag)

        def wrapper(*a, **k):
            return (tag, f(*a, **k))
        return wrapper
    return deco


@show("one")
@show("two")
def f(x):
    return x


print(f(1))


@show("class")
class C:
    pass


print(C()[0])
registry = []


@registry.append
def g():
    pass


print(g, len(registry))


@(lambda f: f() + 1)
def h():
    return 1


print(h)


class Deco:
    def __init__(self, f):
        self.f = f

    def __call__(self, *a):
        return self.f(*a) * 2

    def __get__(self, obj, cls):
        import functools
        return functools.partial(self, obj)


class K:
    @Deco
    def m(self, x):
        return x


print(K().m(4))
