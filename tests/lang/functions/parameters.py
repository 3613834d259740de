# All parameter kinds together, defaults evaluated once, in order.
def f(a, b=2, /, c=3, *args, d, e=5, **kw):
    return a, b, c, args, d, e, kw


print(f(1, d=4))
print(f(1, 2, 3, 4, 5, d=6, z=7))
print(f(1, d=4, a=10, b=20))


def g(a, b=[]):
    b.append(a)
    return b


print(g(1), g(2), g(3, []))
print(g.__defaults__)


def h(*, k=1):
    return k


print(h(), h(k=2), h.__kwdefaults__)


def order(tag, log=[]):
    log.append(tag)
    return log[-1], len(log)


def with_defaults(a=order("a"), *, b=order("b"), c=order("c")):
    return a, b, c


print(with_defaults())
lam = lambda x, *y, z=3, **k: (x, y, z, k)
print(lam(1, 2, 3, z=4, q=5))
print((lambda: 1)(), (lambda *a: a)(*"abc"))
