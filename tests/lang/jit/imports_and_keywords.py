"""Hot functions that import, merge keywords, and call bound methods with keywords."""
import sys


def path_part(p):
    from os.path import basename as base, splitext
    import os.path as path
    return splitext(base(p))[0] + path.sep


total = 0
for n in range(400):
    total += len(path_part("/a/b/name%d.py" % n))
print(total)


def missing(n):
    try:
        if n % 7 == 0:
            import no_such_module_here
        elif n % 7 == 1:
            from os import no_such_name
        return 0
    except ModuleNotFoundError as e:
        return e.name
    except ImportError as e:
        return e.name_from


seen = {}
for n in range(700):
    what = missing(n)
    seen[what] = seen.get(what, 0) + 1
print(seen)


class Loader:
    """An import that the program replaces while the loop runs."""

    def __init__(self):
        self.names = []

    def __call__(self, name, globals=None, locals=None, fromlist=(), level=0):
        self.names.append((name, fromlist, level, locals is None))
        return original(name, globals, locals, fromlist, level)


import builtins

original = builtins.__import__
loader = Loader()


def replaced(n):
    if n == 300:
        builtins.__import__ = loader
    if n == 303:
        builtins.__import__ = original
    import math
    return math.floor(n / 2)


print(sum(replaced(n) for n in range(400)), loader.names)


def collect(*args, **kw):
    return args, sorted(kw.items())


def merged(first, second):
    return collect(1, a=2, **first, **second)


class Mapping:
    """What is merged may be any mapping."""

    def __init__(self, **kw):
        self.kw = kw

    def keys(self):
        return self.kw.keys()

    def __getitem__(self, k):
        return self.kw[k]


out = []
for n in range(300):
    try:
        r = merged({"b": n}, {"c": 1} if n % 50 else {"b": 1})
    except TypeError as e:
        r = str(e)
    if n % 50 < 2:
        out.append(r)
print(*out, sep="\n")
out = []
for n in range(300):
    try:
        r = merged(Mapping(x=n), 5 if n % 100 == 0 else {})
    except TypeError as e:
        r = str(e)
    if n % 100 < 2:
        out.append(r)
print(*out, sep="\n")
for n in range(300):
    try:
        merged({1: n} if n == 299 else {"k": n}, {})
    except TypeError as e:
        print(e)


class Base:
    def __init__(self, x=0, *, y=1, z=2):
        self.sum = x + 10 * y + 100 * z


class Derived(Base):
    def __init__(self, **kw):
        init = super(Derived, self).__init__
        init(x=kw["x"], z=kw["z"])


class Counter:
    def __init__(self):
        self.n = 0

    def add(self, step=1, times=1):
        for _ in range(times):
            self.n += step
        return self.n

    def items(self, of=3):
        for k in range(of):
            yield self.n + k


print(sum(Derived(x=n, z=1).sum for n in range(500)))
c = Counter()
add, items = c.add, c.items
total = 0
for n in range(500):
    total += add(step=n, times=2)
    total += sum(items(of=2))
print(c.n, total)
for n in range(300):
    try:
        add(stride=2) if n == 298 else add(times=0)
    except TypeError as e:
        print(e)


class Holder:
    def __init__(self, n):
        self.a, self.b = n, n + 1


def attributes(o):
    return len(vars(o)) + ("a" in dir(o))


print(sum(attributes(Holder(n)) for n in range(500)))
