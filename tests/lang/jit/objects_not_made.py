"""Objects that never leave compiled code need not be made: nobody must be able to tell."""

import sys


class V:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def plus(self, o):
        return V(self.x + o.x, self.y + o.y)


class Slots:
    __slots__ = ("a", "b")

    def __init__(self, a):
        self.a = a


def around(n):
    """`b` and `c` are old objects when the next turn makes new ones."""
    s = 0
    b = c = None
    for i in range(n):
        b = V(i, 2.5)
        c = b.plus(b)
        s += c.x
    return s, b.x, c.y, b is c


print(around(400))


def carried(n):
    p = V(0, 0)
    q = p
    same = 0
    for i in range(n):
        p = p.plus(V(1, i))
        if p is q:
            same += 1
        if i % 5 == 0:
            q = p
    return p.x, p.y, q.x, same


print(carried(400))


def kept(n, keep):
    """Some leave: in a list, in an object, as a result."""
    last = None
    for i in range(n):
        v = V(i, i)
        if i % 7 == 0:
            keep.append(v)
        v.x += 1
        if i % 11 == 0:
            v.y = last
            last = v
        v.x += 1
    return last, v


keep = []
last, v = kept(400, keep)
print(len(keep), [k.x for k in keep[:4]], keep[3].y is keep[2], last.y.y.x, v.x)


def unset(n):
    none = 0
    for i in range(n):
        s = Slots(i)
        if i % 3:
            s.b = i
        try:
            s.b
        except AttributeError as e:
            none += 1
    return none, str(e) if none == -1 else s.b


print(unset(399))


def grown(n):
    """Attributes that come later, and go again."""
    t = 0
    for i in range(n):
        v = V(i, 0)
        if i % 2:
            v.z = i
        t += getattr(v, "z", 0) + len(v.__dict__)
        del v.x
        t += hasattr(v, "x")
    return t


print(grown(400))


def look():
    f = sys._getframe(1)
    f.f_locals["v"].x = -1000
    return sorted(f.f_locals)


def looked_at(n):
    """Who looks at a frame finds the object itself."""
    t = 0
    for i in range(n):
        v = V(i, i)
        if i % 50 == 20:
            look()
        t += v.x
    return t


print(looked_at(400))


class Told:
    ended = 0

    def __init__(self, n):
        self.n = n

    def __del__(self):
        Told.ended += self.n


def finalised(n):
    for i in range(n):
        t = Told(i)
        if i == n - 1:
            before = Told.ended
    return before


print(finalised(300) in (sum(range(298)), sum(range(299))), Told.ended >= 0)


class Refuses:
    def __init__(self, n):
        self.before = V(n, n)
        if n % 9 == 4:
            raise ValueError(n)
        self.n = n


def refused(n):
    t = bad = 0
    for i in range(n):
        try:
            r = Refuses(i)
            t += r.n + r.before.x
        except ValueError as e:
            bad += e.args[0]
    return t, bad


print(refused(400))


class Link:
    def __init__(self, v, after):
        self.v = v
        self.after = after


def chained(n):
    t = 0
    for i in range(n):
        a = Link(i, None)
        b = Link(a, a)
        a.after = b if i % 13 == 0 else None
        c = Link(b.v.v, b)
        t += c.after.after.v + c.v
        if c.after.after.after is b:
            t += 1
    return t


print(chained(400))


def changed(n):
    """The class changes in the middle."""
    out = []
    for i in range(n):
        if i == n // 2:
            V.plus = lambda self, o: V(self.x * 100, o.y)
        if i == n - 50:
            V.__init__ = lambda self, x, y: setattr(self, "x", x) or setattr(self, "y", -y)
        v = V(i, 1).plus(V(1, i))
        if i % 60 == 59:
            out.append((v.x, v.y))
    return out


print(changed(300))


def twins(n):
    """Two variables that hold two objects before the first turn, and one from then on."""
    t = 0
    a = V(0, 0)
    b = V(0, 0)
    c, d = a, b
    for i in range(n):
        a.x += 1
        t += b.x
        a = b = c = d = Link(i, 0)
        a.x = i
    return t, a is b, c.x == d.x


print(twins(300))
