# Insertions, removals and slices of lists, small and large.
import gc


def gone():
    # With several threads finalisers may run later, and in another order.
    gc.collect()
    out = sorted(log)
    log.clear()
    return out


class Dies:
    def __init__(self, n):
        self.n = n

    def __repr__(self):
        return f"D{self.n}"

    def __del__(self):
        log.append(self.n)


log = []
for size in (0, 1, 5, 126, 127, 128, 500):
    l = list(range(size))
    for i in (0, 1, -1, size // 2, size, size + 5, -size - 3):
        l.insert(i, ("new", i))
    print(size, len(l), l[:3], l[-3:])
    for i in (0, -1, len(l) // 2):
        l.pop(i)
    del l[1]
    print(len(l), l[:3], l[-3:])
    l[1:3] = [9, 9]
    l[1:2] = []
    l[len(l):] = l
    print(len(l), l[:4], l[::-1][:3], l[3::-2], l[1:100:7][:3])
    l[2:2] = l[:2]
    l[:] = l[:5]
    print(l, l[1:-1], l[-100:100], l[3:1], l[None:None])

l = [Dies(i) for i in range(6)]
l[1:3] = [Dies(10), Dies(11)]
print(gone())
l[1:3] = [1]
print(gone(), l)
l.pop(0)
del l[0]
print(gone(), l)
del l
print(gone())

l = [1, 2, 3, 4]
for bad in ("l[1:2] = 5", "l['a':]", "l[::0]", "l[::2] = [1]", "l.pop(9)", "l[9] = 1", "del l[9]", "l[1.0:]"):
    try:
        exec(bad)
    except Exception as e:
        print(bad, type(e).__name__, e)


class Index:
    def __init__(self, n):
        self.n = n

    def __index__(self):
        return self.n


print(l[Index(1):Index(3)], l[Index(3)::-1], l[True:3], (1, 2, 3)[Index(1):], "abc"[Index(1):], l[1:10 ** 30], l[-10 ** 30:2])
l[Index(1):Index(2)] = "xyz"
print(l, "héllo"[1:3], "h€llo"[2:4], "h€llo"[1:2], (1, 2, 3)[:], (1, 2, 3)[1:2], "abc"[5:], ()[1:])


class Sub(list):
    def __getitem__(self, k):
        return ("sub", k)


print(Sub([1, 2])[0:1], Sub([1, 2])[0])
