# Class attributes and bases are replaced while other threads look them up in every way: nobody finds a value that has gone.
from support.workers import THREADS, run


class Left:
    side = [1, 1]


class Right:
    side = [2, 2]


class Base:
    pair = [0, 0]


class Child(Base, Left):
    pass


thing = Child()


def same(pair):
    assert type(pair) is list and len(pair) == 2 and pair[0] == pair[1], pair


def work(n, stop):
    i = n
    while not stop():
        for _ in range(50):
            i += THREADS
            if n < 2:
                # Two write the same name, so that each also replaces what the other has just stored.
                Base.pair = [i, i]
            elif n == 2:
                Child.own = [i, i]
                same(Child.own)
                del Child.own
            elif n == 3:
                fresh = type("Fresh", (Right if i % 16 else Left,), {"side": [i, i]})
                Child.__bases__ = (Base, fresh)
            else:
                same(thing.pair)
                same(Child.pair)
                same(getattr(thing, "pair"))
                same(getattr(thing, "own", [0, 0]))
                same(thing.side)
                same(Child.side)


run(work)
print("ok")
