"""Items of arrays in hot loops: as they lie in memory, but nobody must be able to tell."""

import struct
import threading
from array import array


def total(a, n):
    s = 0
    for k in range(n):
        s += a[k % len(a)]
    return s


for code, items in [
    ("b", [-128, 127, 3]),
    ("B", [0, 255, 7]),
    ("h", [-32768, 32767]),
    ("H", [0, 65535]),
    ("i", [-(2**31), 2**31 - 1, 5]),
    ("I", [0, 2**32 - 1]),
    ("l", [-(2**63), 2**63 - 1, 1]),
    ("L", [0, 2**64 - 1]),
    ("q", [-(2**63), 2**63 - 1, -1]),
    ("Q", [2**63, 2**64 - 1, 1]),
    ("f", [0.5, -2.25]),
    ("d", [1e300, -0.5, 0.1]),
]:
    print(code, total(array(code, items), 300))


def fill(a, values):
    n = 0
    for k in range(400):
        a[k % len(a)] = values[k % len(values)]
        n += 1
    return n


def filled(code, *values):
    a = array(code, [0] * 7)
    try:
        fill(a, values)
    except Exception as e:
        print(code, type(e).__name__, e, end=" ")
    print(a.tolist())


filled("b", -128, 127)
filled("B", 0, 255, True)
filled("i", -(2**31), 2**31 - 1)
filled("I", 0, 2**32 - 1)
filled("q", -(2**63), 2**63 - 1, 2**50)
filled("Q", 0, 2**64 - 1, 2**63)
filled("d", 1, 2.5, 2**53 + 1, -0.0)
filled("d", 1.5, 2**62 + 1)
filled("f", 1, 0.1)


def until_it_fails(code, good, bad):
    """What is stored when the loop is hot does not fit."""
    a = array(code, [0] * 3)
    last = None
    try:
        for k in range(500):
            last = k
            a[k % 3] = bad if k == 450 else good
    except (OverflowError, TypeError) as e:
        print(code, last, type(e).__name__, e, a.tolist())


until_it_fails("B", 200, 256)
until_it_fails("B", 200, -1)
until_it_fails("b", 100, 128)
until_it_fails("b", 100, -129)
until_it_fails("i", 7, 2**31)
until_it_fails("i", 7, -(2**31) - 1)
until_it_fails("I", 7, 2**32)
until_it_fails("I", 7, -1)
until_it_fails("q", 7, 2**63)
until_it_fails("Q", 7, -1)
until_it_fails("i", 7, 1.0)
until_it_fails("d", 7.0, "x")


def out_of_range(a, n):
    at = 0
    try:
        for at in range(n):
            a[at] = a[at] + 1
    except IndexError as e:
        return at, str(e)


print(out_of_range(array("d", range(300)), 310))
print(out_of_range(array("i", range(300)), 310))


def from_the_end(a):
    s = 0
    for k in range(1, 301):
        s += a[-k] * k
        a[-k] = k
    return s, a[0], a[-1]


print(from_the_end(array("q", range(300))))


def other_kinds(arrays):
    s = 0
    for k in range(600):
        a = arrays[k // 200]
        s += a[k % 4]
        a[k % 4] = 1
    return s


print(other_kinds([array("i", [1, 2, 3, 4]), array("d", [0.5] * 4), [5, 6, 7, 8]]))


class Mine(array):
    def __getitem__(self, k):
        return super().__getitem__(k) + 1000


print(total(Mine("i", [1, 2]), 300), total([1, 2], 300))


def not_numbers():
    """Patterns that are no numbers, of either sign, with any payload."""
    a = array("d", [1.0] * 400)
    for n, bits in enumerate([0xFFF8_0000_0000_0001, 0x7FF0_0000_0000_0001, 0xFFFF_FFFF_FFFF_FFFF]):
        struct.pack_into("Q", a, 8 * (390 + n), bits)
    good = odd = 0
    kept = []
    for x in range(400):
        v = a[x]
        if v == v:
            good += 1
        else:
            odd += 1
            kept.append(v)
    return good, odd, kept, [type(v) for v in kept]


print(not_numbers())
a = array("d", [float("nan")] * 300)
print(sum(1 for k in range(300) if a[k] != a[k]))


def grows():
    """The storage is another one in the middle of the loop."""
    a = array("q", [1])
    s = 0
    for k in range(3000):
        s += a[k // 2]
        a.append(k)
        a[k // 3] = 2
    return s, len(a)


print(grows())


def shrinks():
    a = array("i", range(1000))
    s = 0
    try:
        for k in range(1000):
            s += a[k]
            if k > 700:
                a.pop()
    except IndexError as e:
        return s, len(a), str(e)


print(shrinks())


def lent():
    a = array("B", range(200))
    m = memoryview(a)
    s = 0
    for k in range(200):
        a[k] = 255 - a[k]
        s += m[k]
    return s


print(lent())


def together():
    """Each thread has its own items, while the array grows and shrinks."""
    a = array("q", [0] * 8)
    d = array("d", [0.0] * 8)
    on = [True]

    def add(n):
        for _ in range(4000):
            a[n] += 1
            d[n] = d[n] + 0.5

    def change():
        while on[0]:
            for _ in range(50):
                a.append(0)
                d.append(0.0)
            for _ in range(50):
                a.pop()
                d.pop()

    threads = [threading.Thread(target=add, args=(n,)) for n in range(4)]
    other = threading.Thread(target=change)
    other.start()
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    on[0] = False
    other.join()
    return a[:5].tolist(), d[:5].tolist()


print(together())
