# Functions that compiled code calls because something in them is not recorded, and functions made anew in a loop.


def remembered(memo, k):
    try:
        return memo[k]
    except KeyError:
        memo[k] = k * 2
        return -1


def loop(turns):
    memo = {}
    out = 0
    for k in range(turns):
        out += remembered(memo, k % (turns // 2))
    return out


print(loop(40), loop(100), loop(10))


def nested(memo, k):
    return remembered(memo, k) + remembered(memo, k + 1)


class Thing:
    def __init__(self, memo, k):
        self.n = nested(memo, k)

    def __add__(self, other):
        try:
            return self.n + other
        except TypeError:
            return "type"

    @property
    def value(self):
        try:
            return 10 // self.n
        except ZeroDivisionError:
            return None


def deeper(turns):
    memo, out = {}, []
    for k in range(turns):
        t = Thing(memo, k % 9)
        out.append((t.n, t + k, t + "x", t.value))
    return out[-3:], len(memo)


print(deeper(40))


def with_finally(log, k):
    try:
        if k % 5 == 0:
            raise ValueError(k)
        return k
    except ValueError as e:
        return -e.args[0]
    finally:
        log.append(k)


def finals(turns):
    log = []
    return sum(with_finally(log, k) for k in range(turns)), len(log)


print(finals(50))


def escapes(turns):
    # What is raised in the callee is caught by the caller.
    out = []
    for k in range(turns):
        try:
            out.append(thrower(k))
        except IndexError as e:
            out.append(str(e))
    return out[-6:]


def thrower(k):
    a = [0, 1, 2]
    with Context(a) as c:
        return c[k % 5]


class Context:
    def __init__(self, a):
        self.a = a

    def __enter__(self):
        return self.a

    def __exit__(self, *args):
        self.a.clear()


print(escapes(41))


def made_each_turn(turns):
    out = []
    for k in range(turns):
        f = lambda n: n + k
        g = (x * k for x in range(3))
        h = {x: k for x in range(3)}
        out.append((f(1), list(g), tuple(x + k for x in range(2)), set(x % 2 for x in range(k % 4)), h))

        def inner(a, b=k):
            return a + b + k

        out.append((inner(1), inner(1, 2)))
    return out[-2:]


print(made_each_turn(40))


def collected(turns):
    out = []
    for k in range(turns):
        a = [k, k + 1]
        t = (k,)
        out.append((tuple(a), tuple(t) is t, list(t), list(a) is a, set(a) == set(tuple(a)), list("ab"), tuple({k: 1}),
                    list(range(k % 3)), tuple(), list(), set(), set({1, 2}), list({3: 4}.items())))
    return out[-1]


print(collected(30))


def not_iterable(turns):
    said = []
    for k in range(turns):
        x = 5 if k == turns - 1 else (1, 2)
        for f in (tuple, list, set):
            try:
                f(x)
            except TypeError as e:
                said.append(str(e))
        try:
            set([[]] if k == turns - 2 else [1])
        except TypeError as e:
            said.append(str(e))
    return said


print(not_iterable(20))


class Sub(list):
    def __iter__(self):
        return iter(["own"])


class T(tuple):
    pass


def of_subclasses(turns):
    out = None
    for k in range(turns):
        s = Sub([1, 2]) if k >= turns - 2 else [1, 2]
        t = T((1, 2)) if k >= turns - 2 else (1, 2)
        out = list(s), tuple(s), set(s), type(tuple(t)).__name__, type(T(t)).__name__, type(Sub(t)).__name__
    return out


print(of_subclasses(20))


def failing_inside(turns):
    said = []
    for k in range(turns):
        try:
            tuple(1 // (k - turns + x) for x in range(3))
        except ZeroDivisionError:
            said.append(k)
    return said


print(failing_inside(30))


def changing_code(turns):
    def one(n):
        for i in range(n):
            yield i

    def other(n):
        for i in range(n):
            yield -i

    out = []
    for k in range(turns):
        if k == turns // 2:
            one.__code__ = other.__code__
        out.append(sum(one(4)))
    return out[turns // 2 - 2 : turns // 2 + 2]


print(changing_code(40))
