# Loops over enumerate, zip and dicts in compiled code, whose tuples are not built.
import gc


def numbered(items, start):
    t = 0
    for i, x in enumerate(items, start):
        t += i * x
    return t


def zipped(a, b):
    t = 0
    for x, y in zip(a, b):
        t += x * y
    return t, list(a)[-1:] if not isinstance(a, (list, tuple, range)) else None


def three(a, b, c):
    t = []
    for x, y, z in zip(a, b, c):
        t.append(x + y + z)
    return len(t), t[-1]


def items(d):
    t = 0
    for k, v in d.items():
        t += k * v
    return t


def keys(d):
    t = 0
    for k in d:
        t += k
    for k in d.keys():
        t += k
    for v in d.values():
        t += v
    return t


def nested(n):
    out = 0
    d = {i: [i, i + 1] for i in range(30)}
    for k in range(n):
        for i, (a, b) in enumerate(d.values()):
            out += i * a - b
        for i, (a, b) in enumerate(d.items()):
            out += i * a - b[0]
        for k2, (a, b) in d.items():
            out += k2
        for i, (k3, v) in enumerate(zip(d, d.values())):
            out += v[1] - k3
    return out


n = list(range(3000))
print(numbered(n, 0), numbered(tuple(n), 5), numbered(range(3000), -7), numbered((x for x in n), 1))
print(numbered([0.5] * 3000, 1 << 62), numbered([2] * 3000, (1 << 63) - 1500))
print(zipped(n, n), zipped(n, range(5000)), zipped(tuple(n), n[:2500]))
print(three(n, n, n), three(n, tuple(n), range(2900)))
it = iter(n)
print(zipped(it, it))
it = iter(range(6000))
print(zipped(it, range(4000)))
print(items({i: i + 1 for i in range(3000)}), keys({i: i + 1 for i in range(3000)}))
print(nested(200))


# What the parts are changes on the way.
def kinds(items):
    out = []
    for i, x in enumerate(items):
        if i % 1000 == 0:
            out.append((i, x))
    return out


print(kinds([1] * 2000 + ["a"] * 1000 + [2.5] * 1000 + [None]))


# A dict that changes while it is gone through.
def grows(n):
    d = {i: 0 for i in range(n)}
    try:
        for k, v in d.items():
            d[k] = v + 1
            if k == n - 100:
                d[n] = 1
    except RuntimeError as e:
        return str(e), sum(d.values())


def swaps(n):
    d = {i: 0 for i in range(n)}
    t = 0
    try:
        for k in d:
            t += 1
            if k == 2000:
                del d[k]
                d[-1] = 0
    except RuntimeError as e:
        return str(e), t
    return t


print(grows(3000), swaps(3000))


# A list that changes while it is gone through.
def shrinks(n):
    l = list(range(n))
    t = 0
    for i, x in enumerate(l):
        t += x
        if i % 3 == 0:
            l.pop()
    return t, len(l)


print(shrinks(5000))


# Somebody else has the iterator.
def shared(n):
    e = enumerate(range(n))
    t = 0
    for i, x in e:
        t += i
        if i % 5 == 0:
            t += next(e, (0, 0))[1]
    return t


print(shared(5000))


# The tuple is wanted after all.
def kept(n):
    pairs = []
    for p in enumerate(range(n)):
        pairs.append(p)
        i, x = p
        if i > 3:
            pairs.pop()
    return pairs


print(kept(3000))


# Objects are kept as long as they are wanted, and no longer.
class Held:
    live = 0

    def __init__(self, k):
        self.k = k
        Held.live += 1

    def __del__(self):
        Held.live -= 1


def held(n):
    d = {}
    for i in range(n):
        d[Held(i)] = Held(-i)
    t = 0
    for k, v in d.items():
        t += k.k - v.k
        if k.k == n // 2:
            gc.collect()
    seen = Held.live
    del d, k, v
    # Where there are several threads, what a dict held goes later.
    gc.collect()
    return t, seen, Held.live


print(held(2000))


def cleared(n):
    d = {i: Held(i) for i in range(n)}
    last = None
    try:
        for k, v in d.items():
            last = v
            if k == n - 5:
                d.clear()
    except RuntimeError as e:
        print(e, last.k, Held.live)
    last = v = None
    gc.collect()
    return Held.live


print(cleared(2500))


# Kept from turn to turn of an outer loop, where the inner one ends.
def matrix(m):
    t = 0
    for row in m:
        for i, x in enumerate(row):
            t += i * x
        for a, b in zip(row, m[0]):
            t -= a * b
    return t


print(matrix([[i, i + 1, i + 2] for i in range(1500)]))
print([i * x for i, x in enumerate(n) if i > 2990], {k: v for k, v in zip(n, n) if k > 2990})


def whole_items(d):
    """The tuples of items, where the loop does not take them apart at once."""
    total, last = 0, None
    for item in d.items():
        total += item[0] * item[1]
        last = item
    key = ()
    for item in d.items():
        key += item
    return total, last, len(key), type(last)


print(whole_items({n: n + 1 for n in range(300)}))
