"""Bytes in hot loops, and iterators and ranges that need not be made."""


def total(b):
    s = 0
    for c in b:
        s = s * 31 + c & 0xFFFFFF
    for k in range(len(b)):
        s += b[k] - b[-k - 1]
    return s


print(total(bytes(range(256)) * 3), total(b""), total(b"\xff" * 300))


class Mine(bytes):
    def __getitem__(self, k):
        return 1

    def __iter__(self):
        return iter([2, 3])


print(total(Mine(b"abc" * 200)), sum(bytes.__iter__(Mine(b"ab"))))


def zipped(a, b):
    out = []
    for x, y in zip(a, b):
        out.append(x ^ y)
    for n, x in enumerate(a):
        out[n % 7] += x
    return sum(out), len(out), out[:7]


print(zipped(bytes(range(200)), list(range(250))), zipped(b"x" * 300, b"y" * 299))


def out_of_range(b):
    k = 0
    try:
        while True:
            b[k]
            k += 1
    except IndexError as e:
        return k, str(e)


print(out_of_range(b"q" * 500))


def one_iterator(b):
    """Half of it here, the rest there."""
    it = iter(b)
    s = 0
    for c in it:
        s += c
        if c == 77:
            break
    return s, list(it)[:3], next(it, None)


for _ in range(3):
    print(one_iterator(bytes(range(120)) * 2))


def ranges(n):
    s = 0
    for a in range(n):
        for b in range(a, a + 5):
            s += b
        for b in range(a, 0, -7):
            s -= b
        for b in range(0, n, a + 1):
            s ^= b
        for b in range(3, 3):
            s = None
        for b in [a, 1.5, a]:
            s += 1 if b == a else 0
        for b in (a, None):
            s += b is None
    return s


print(ranges(300))


def steps(values):
    """The sign of a step changes, until it is nothing."""
    s = 0
    n = 0
    try:
        for step in values:
            for b in range(10, 0, step) if step < 0 else range(0, 10, step):
                s += b
            n += 1
    except ValueError as e:
        return s, n, str(e)
    return s, n


print(steps([1, 2, 3] * 100), steps([-1, 2, -3] * 100), steps([1, -2] * 100 + [0]))


def large(n):
    s = 0
    for a in range(n):
        big = a if a < n - 3 else 2**62 + a
        for b in range(big, big + 3):
            s += b % 10
        r = range(big, 2 * big + 1, big + 1)
        s += len(r)
    return s, r


print(large(400))


def objects(n):
    """A range, and an iterator, that are more than a loop's."""
    kept = []
    for a in range(n):
        r = range(a, a + 3)
        it = iter(r)
        first = next(it)
        for b in it:
            if b == n:
                kept.append((r, it, list(it), first))
        if a % 100 == 0:
            kept.append((r, list(it), r[1], a in r, r == range(a, a + 3)))
    return [k if len(k) == 5 else (k[0], k[2], k[3]) for k in kept]


print(objects(300))


def leaves(n):
    """Out of the middle of inner loops, and back into what is left of them."""
    found = []
    its = []
    for a in range(n):
        it = iter(range(a % 9))
        for b in it:
            if b == 4:
                its.append(it)
                break
        else:
            found.append(a)
    return len(found), sum(sum(it) for it in its), len(its)


print(leaves(500))


def changed(n):
    s = 0
    for a in range(n):
        items = [1, 2, 3]
        for x in items:
            s += x
            if len(items) < 6 and a % 3 == 0:
                items.append(x + a % 2)
    return s


print(changed(400))


def kinds(n):
    """`range`, `float` and `int` of what they are made for, and of other things."""
    out = set()
    for k in range(n):
        x = [k, k * 0.5, True, str(k)][k // (n // 4 + 1)]
        out.add(type(float(x)).__name__)
        out.add(type(int(float(x))).__name__)
        if not isinstance(x, str):
            out.add(int(x) - int(float(x)))
    return sorted(map(str, out))


print(kinds(2000))
for bad in (float("inf"), float("nan"), "x", 1e300):
    try:
        for k in range(300):
            n = int(bad if k == 299 else 2.9)
        print(n == int(1e300))
    except (ValueError, OverflowError) as e:
        print(type(e).__name__, e)
