x = [1, 2, 3, 4]
del x[0], x[-1]
print(x)
a, b = 1, 2
del (a, b)
print("a" in globals())


class C:
    def __delitem__(self, k): print("delitem", k)
    def __delattr__(self, n): print("delattr", n)


c = C()
del c[1], c.x, c[1:2], c["a", 2]


def f():
    y = 1
    del y
    try:
        y
    except UnboundLocalError as e:
        print(e)


f()


def g():
    z = 1
    def inner():
        return z
    del z
    try:
        inner()
    except NameError as e:
        print(e)


g()
d = {"k": 1}
del d["k"]
print(d)
try:
    del d["k"]
except KeyError as e:
    print(repr(e))
for target in ("del q", "del c.__class__", "del (1).x", "del [][0]", "del ''[0]", "del d.x"):
    try:
        exec(target)
    except Exception as e:
        print(target, type(e).__name__, e)


def h():
    global gg
    gg = 1
    del gg
    return "gg" in globals()


print(h())
for i in range(2):
    del i
print("i" in globals())
del [x], d
print("x" in globals())
