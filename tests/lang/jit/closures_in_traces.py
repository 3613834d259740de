# Loops of functions that are made anew each time, with closures of their own, and loops of generators that call.
import gc
import sys


def made(n, turns):
    total = 0

    def add(k):
        nonlocal total
        for i in range(turns):
            total += n + k + i
        return total

    return add


print([made(n, 12)(n * 2) for n in range(8)])
fs = [made(n, 5) for n in range(4)]
print([f(k) for k in range(6) for f in fs])


def of_generators(rows):
    out = []
    for n in range(rows):
        table = [n * k for k in range(9)]
        out.append(sum(table[i] + n for i in range(9)))
        out.append(len(set(table[i] % 5 for i in range(9))))
        out.append(max(str(table[i]) + "x" * n for i in range(9)))
    return out


print(of_generators(12))


def deeper(n):
    a = [n]

    def middle(m):
        b = [m]

        def inner(turns):
            out = 0
            for i in range(turns):
                a[0] += 1
                b[0] += a[0]
                out += b[0]
            return out

        return inner

    return middle


print([deeper(n)(m)(7) for n in range(3) for m in range(3)])


def inlined(turns):
    # A closure whose loop is inside the loop of its caller.
    f = made(1, 6)
    g = made(100, 6)
    out = 0
    for k in range(turns):
        out += f(k)
        out -= g(k)
    return out


print(inlined(15), inlined(3), inlined(15))


def unbound(turns):
    def f(n):
        out = 0
        for i in range(n):
            out += x if i < n - 1 or n < 10 else y
        return out

    x = 1
    out = []
    for k in range(turns):
        try:
            out.append(f(k))
        except NameError as e:
            out.append(str(e))
    y = 5
    out.append(f(turns))
    del x
    try:
        f(turns)
    except NameError as e:
        out.append(str(e))
    return out


print(unbound(12))


# Generators whose loops call functions, run by native code and resumed by loops.
def square(n, k=1):
    return n * n * k


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def norm(self):
        return square(self.x) + square(self.y)


def calls(n):
    for i in range(n):
        yield square(i) + square(i, 2)


def instances(n):
    for i in range(n):
        p = Point(i, str(i))
        p.y = i + 1
        yield p.norm(), p.x


def nested(n):
    for a in calls(n):
        for b in inner(3):
            if a % 3 == b:
                yield a, b


def inner(n):
    for i in range(n):
        yield i


def recursive(depth):
    if depth:
        for x in recursive(depth - 1):
            yield x + 1
        for x in recursive(depth - 1):
            yield square(x)
    else:
        yield depth


def with_state(n):
    seen = []
    for i in range(n):
        seen.append(square(i))
        t = (i, len(seen), seen[-1])
        del seen[:-3]
        yield t
    yield seen


print(list(calls(20)), sum(calls(40)), max(calls(25)))
print(list(instances(15)))
print(list(nested(12)), set(nested(9)) == set(list(nested(9))))
print(sum(recursive(5)), list(recursive(3)))
print(list(with_state(14)))
print([x for x in with_state(6)])


def failing(n, at):
    for i in range(n):
        yield 100 // (at - square(i) // (i or 1))


def caught(n, at):
    for i in range(n):
        try:
            yield 10 // (at - inverse(i, at))
        except ZeroDivisionError as e:
            yield type(e).__name__


def inverse(i, at):
    if i == at * 2:
        raise ZeroDivisionError
    return i


for at in (3, 12, 100):
    try:
        print(sum(failing(20, at)))
    except ZeroDivisionError:
        print("division", at)
    print(list(caught(20, at)))


def who(n):
    for i in range(n):
        yield names(i, n)


def names(i, n):
    if i < n - 2:
        return i
    f = sys._getframe()
    out = []
    while f is not None:
        out.append((f.f_code.co_name, f.f_locals.get("i")))
        f = f.f_back
    return out


print(list(who(20))[-3:])
print(sum(len(str(x)) for x in who(16)) > 0)


def own_frame(n):
    g = None

    def gen():
        x = [0]
        for i in range(n):
            x = [i, look()]
            yield x

    def look():
        f = g.gi_frame
        return (f.f_locals["i"], len(f.f_locals["x"]), g.gi_running)

    g = gen()
    return list(g)[-2:]


print(own_frame(20))


class Node:
    made = 0

    def __init__(self, n):
        Node.made += 1
        self.n = n
        self.me = self


def cycles(n):
    for i in range(n):
        x = Node(i)
        y = [x, keep(x, i)]
        x.other = y
        if i % 7 == 0:
            gc.collect()
        yield y[1] + x.n


def keep(x, i):
    if i % 5 == 0:
        gc.collect()
    return x.me.n


print(sum(cycles(60)), Node.made)


def left_early(n):
    out = []
    for i, x in enumerate(cycles(n)):
        out.append(x)
        if i == n // 2:
            break
    return out[-2:]


print(left_early(30), any(x > 40 for x in cycles(60)), all(x < 40 for x in cycles(60)))


def sends(n):
    got = 0
    for i in range(n):
        r = yield square(got)
        got = r if r is not None else got + 1


g = sends(20)
next(g)
print([g.send(k % 4) for k in range(15)], next(g))


def closing(log):
    try:
        for i in range(1000):
            yield square(i)
    finally:
        log.append("closed")


log = []
for x in closing(log):
    if x > 400:
        break
del x
gc.collect()
print(log)


async def step(n):
    return square(n)


async def coroutine(n):
    out = 0
    for i in range(n):
        out += await step(i)
    return out


def drive(c):
    try:
        while True:
            c.send(None)
    except StopIteration as e:
        return e.value


print([drive(coroutine(n)) for n in range(1, 24, 4)])


def same_list(turns):
    # Slices copied from list to list.
    a = list(range(6))
    b = ["x"] * 6
    for k in range(turns):
        a[: k % 4 + 1] = a[k % 4 :: -1]
        a[1:4] = a[2:5]
        b[2:] = a[:4]
        b[2:] = [0] * 4
    return a, b


print(same_list(30))


def helper_inside(n, turns):
    # A function that is made at each call of the outer one and called in its loop.
    seen = []
    total = [0]

    def add(k):
        total[0] += k * n
        return total[0]

    def twice(k):
        return add(k) - add(-k)

    def look(k):
        f = sys._getframe()
        seen.append((f.f_locals["n"], f.f_back.f_locals.get("k"), f.f_code.co_name))
        return k + n

    out = 0
    for k in range(turns):
        out += add(k)
        out += twice(k)
        if k >= turns - 2:
            look(k)
    return out, seen


print([helper_inside(n, 15) for n in range(6)])


def picked(turns):
    # One place calls closures of the same code, and others.
    fs = [made(n, 3) for n in range(3)] + [square, lambda k: k + turns]
    out = []
    for k in range(turns):
        out.append(fs[k % 3](k))
        out.append(fs[k % 5](k))
    return out[-6:]


print(picked(60))


def loops_in_closures(n, turns):
    rows = [[i * j + n for j in range(8)] for i in range(6)]

    def row(i):
        total = 0
        for x in rows[i]:
            total += x * n
        return total

    out = 0
    for k in range(turns):
        out += row(k % 6)
    return out


print([loops_in_closures(n, 30) for n in range(7)])


def raising_inside(n, turns):
    def f(k):
        if k == n:
            raise KeyError(n)
        return k

    out = 0
    for k in range(turns):
        try:
            out += f(k)
        except KeyError as e:
            out += 1000 * e.args[0]
    return out


print([raising_inside(n, 20) for n in (3, 19, 25, 7)])


def dies_while_it_runs(turns):
    out = []
    for k in range(turns):
        def f(n):
            nonlocal f
            f = None
            gc.collect(0) if n % 9 == 0 else None
            return n + k

        out.append(f(k))
    return out[-3:]


print(dies_while_it_runs(40))
