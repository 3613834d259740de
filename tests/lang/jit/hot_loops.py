# Hot loops, and facts that change under them: what compiled code must notice.
def rebinding(n):
    ns = {}
    exec(
        "def g(i): return i\n"
        "def h(i): return i * 2 + 1\n"
        "def run(n):\n"
        "    global g\n"
        "    t = 0\n"
        "    for i in range(n):\n"
        "        t += g(i)\n"
        "        if i % 60 == 59:\n"
        "            g = h\n"
        "    return t\n",
        ns,
    )
    return [ns["run"](n), ns["run"](n)]
def classes(n):
    class A:
        k = 1
        def f(self):
            return self.k
    class B(A):
        pass
    b = B()
    t = 0
    for i in range(n * 2):
        t += b.f()
        if i % 70 == 69:
            A.k = A.k + 1
        if i % 150 == 149:
            B.f = lambda self: self.k * 10
    return t
def defaults(n):
    def f(i, d=3):
        return i + d
    t = 0
    for i in range(n * 2):
        t += f(i)
        if i % 90 == 89:
            f.__defaults__ = (i,)
    return t
def lists(n):
    l = [[i, float(i)] for i in range(8)]
    for i in range(n * 4):
        a = l[i & 7]
        b = l[(i * 5 + 1) & 7]
        a[0], b[1] = b[0] + 1, a[1] * 0.5
        l[i & 7] = b
        l[(i + 3) & 7] = a
    return [[x[0] % 1000, x[1]] for x in l]
def types(n):
    t = 0
    for i in range(n * 3):
        x = i if i % 50 < 40 else i * 0.5
        y = None if i % 31 == 0 else x
        if y is None:
            t += 1
        else:
            t = t + y
    return t
def closures(n):
    total = 0
    def add(i):
        nonlocal total
        total += i
    for i in range(n * 2):
        add(i)
    return total

for f in (rebinding, classes, defaults, lists, types, closures):
    print(f.__name__, f(50), f(400))


# An exception out of a compiled loop: its line, its chain, and what the variables hold then.
def failing(items):
    done = 0
    last = None
    for x in items:
        last = x
        done += 10 // x
    return done, last


import sys

try:
    failing([1, 2, 5] * 200 + [0, 7])
except ZeroDivisionError as e:
    tb = e.__traceback__.tb_next
    print(e, tb.tb_lineno - failing.__code__.co_firstlineno, tb.tb_frame.f_locals["done"], tb.tb_frame.f_locals["last"])


# Calls that are part of the trace: the traceback names them all.
def inner(x):
    return 100 // x


def middle(x):
    return inner(x - 500) + 1


def outer(n):
    t = 0
    for i in range(n):
        t += middle(i)
    return t


import traceback

try:
    outer(1000)
except ZeroDivisionError as e:
    print([f.name for f in traceback.extract_tb(e.__traceback__)])


# Integers that outgrow a machine word, and come back.
def big(n):
    x = 1
    for i in range(n):
        x = x * 3 + i
        if x > 10**30:
            x = x % 1000003
    return x


print(big(2000))


# The iterator of a loop that was left early goes on where it stopped.
def early(n):
    it = iter(range(n))
    t = 0
    for i in it:
        t += i
        if i == 700:
            break
    return t, next(it), sum(it)


print(early(1000))


# Finalisers run where the last reference goes.
class Noisy:
    count = 0

    def __init__(self, n):
        self.n = n

    def __del__(self):
        Noisy.count += self.n


def finalised(n):
    for i in range(n):
        Noisy(1)
        x = Noisy(2)
    return x.n


print(finalised(500))
