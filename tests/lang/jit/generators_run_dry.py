# Generators whose items native code takes: their loops are compiled.
import gc
import sys


def squares(n):
    return sum(i * i for i in range(n)), max(i % 97 for i in range(n)), min(-i for i in range(n))


def containers(n):
    return (
        len([*(i for i in range(n))]),
        len(set(i % 300 for i in range(n))),
        sorted(i % 3 for i in range(n))[:2],
        tuple(str(i) for i in range(n))[-1],
        dict((i, i + 1) for i in range(n))[n - 1],
        ",".join(str(i % 10) for i in range(n))[-5:],
        bytes(i % 256 for i in range(n))[-3:],
    )


def answers(n):
    return any(i == n - 1 for i in range(n)), all(i < n for i in range(n)), any(i > n for i in range(n))


for n in (10, 3000, 3001, 4000):
    print(squares(n), containers(n), answers(n))


# Sums of other kinds on the way.
print(sum((0.5 if i > 2000 else i) for i in range(4000)))
print(sum((1 << 62 if i > 2000 else i) for i in range(4000)))


# Short ones, often.
def short(n):
    t = 0
    for k in range(n):
        t += sum(x * k for x in (1, 2, 3, 4, 5))
        t += any(x == k for x in [k - 1, k, k + 1])
        t += len(set(x - k for x in range(6)))
    return t


print(short(1500))


# The same generator function, run dry and resumed.
def count(n):
    i = 0
    while i < n:
        i += 1
        yield i


def both(n):
    a = sum(count(n))
    g = count(n)
    b = 0
    while (x := next(g, None)) is not None:
        b += x
    c = 0
    for x in count(n):
        c += x
    return a, b, c, len(list(count(n)))


for k in range(3):
    print(both(3000))


# Objects that die on the way, exceptions, a generator that is seen while it runs.
class Held:
    live = 0

    def __init__(self, k):
        self.k = k
        Held.live += 1

    def __del__(self):
        Held.live -= 1

    def __lt__(self, other):
        return self.k < other.k


print(max(Held(i % 1000) for i in range(3000)).k, Held.live, len({Held(i) for i in range(2500)}))
# Where there are several threads, what a set held goes later.
gc.collect()
print(Held.live)


def fails(n):
    for i in range(n):
        if i == 2500:
            raise KeyError(i)
        yield i


try:
    print(sum(fails(4000)))
except KeyError as e:
    print("KeyError", e, e.__traceback__.tb_next.tb_lineno - fails.__code__.co_firstlineno)


def where(i):
    return sys._getframe(1).f_locals["i"] if i % 1000 == 0 else 0


print(sum(where(i) for i in range(4000)))


def itself():
    def g():
        for i in range(3000):
            if i == 2800:
                try:
                    next(me)
                except ValueError as e:
                    print(e)
            yield i

    me = g()
    return sum(me)


print(itself())
print(sum(sum(i * j for j in range(30)) for i in range(300)))
