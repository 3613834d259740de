import sys


def f(n):
    return f(n + 1)


try:
    f(0)
except RecursionError as e:
    print(type(e).__name__, str(e).startswith("maximum recursion depth exceeded"))


class R:
    def __repr__(self):
        return repr(self)


try:
    repr(R())
except RecursionError:
    print("repr")


class E:
    def __eq__(self, other):
        return self == other


try:
    E() == E()
except RecursionError:
    print("eq")


class G:
    def __getattr__(self, name):
        return getattr(self, name + "x")


try:
    G().a
except RecursionError:
    print("getattr")


def fact(n):
    return 1 if n == 0 else n * fact(n - 1)


print(len(str(fact(300))))
old = sys.getrecursionlimit()
sys.setrecursionlimit(200)
depth = 0


def count():
    global depth
    depth += 1
    count()


try:
    count()
except RecursionError:
    print(100 < depth < 210)
sys.setrecursionlimit(old)
l = []
l.append(l)
print(l, l == l)
a = []
for _ in range(100000):
    a = [a]
try:
    repr(a)
except RecursionError:
    print("deep list")
del a
t = ()
for _ in range(100000):
    t = (t,)
del t
print("deep tuple gone")
