"""The variables of a frame that ends go from the last to the first."""

import gc


class Noted:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        gone.append(self.name)


def returns(a, b):
    c = Noted("c")
    d = [Noted("in d")]
    e = 5
    return e


def returns_one(a, b):
    c = Noted("c")
    return b


def yields(a, b):
    c = Noted("c")
    yield 1
    d = Noted("d")
    yield 2


def once(kind):
    global gone
    gone = []
    if kind == 0:
        returns(Noted("a"), Noted("b"))
    elif kind == 1:
        x = returns_one(Noted("a"), Noted("b"))
        gc.collect()
        gone.append("returned")
        del x
    elif kind == 2:
        for n in yields(Noted("a"), Noted("b")):
            gone.append(n)
    else:
        g = yields(Noted("a"), Noted("b"))
        next(g)
        g.close()
        gc.collect()
        gone.append("closed")
        del g
    # Beside other threads what is dead may go a moment later.
    gc.collect()


for kind in range(4):
    seen = []
    for turn in range(20):
        once(kind)
        if gone not in seen:
            seen.append(gone)
    print(kind, *seen)
