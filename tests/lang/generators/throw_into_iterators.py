"""An iterator that a generator delegates to gets what was thrown as it was given."""


class Iter:
    def __iter__(self):
        return self

    def __next__(self):
        return 1

    def throw(self, *args):
        print("throw", args)
        return 456

    def close(self):
        print("close")


def gen(it):
    yield from it


def outer(it):
    yield from gen(it)


for make in gen, outer:
    for what in 123, ZeroDivisionError, "text":
        g = make(Iter())
        next(g)
        print(g.throw(what))
    g = make(Iter())
    next(g)
    try:
        g.throw(GeneratorExit)
    except GeneratorExit as e:
        print(repr(e))
    g = make(iter([1, 2]))
    next(g)
    for what in 5, ValueError("x"), ValueError("x"):
        try:
            g.throw(what)
        except (TypeError, ValueError) as e:
            print(type(e).__name__, e)
