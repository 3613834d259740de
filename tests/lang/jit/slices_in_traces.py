# Slices that compiled loops read, store and delete: bounds of all kinds, all built-in sequences, and what makes them leave.
import gc


def reads(seq, start, stop, step, turns):
    out = seq
    for _ in range(turns):
        out = seq[start:stop:step]
    return out


def ends(seq, turns):
    a = b = c = d = seq
    for k in range(turns):
        a = seq[:]
        b = seq[k % 3:]
        c = seq[:-1]
        d = seq[k % 5::-1]
    return a, b, c, d


BIG = 10**30
seqs = [[1, "two", 3.0, None, (5,)], (1, 2, 3, 4, 5), "héllo wörld", b"bytes here", [], (), "", b""]
for s in seqs:
    for start in (None, 0, 2, -2, 100, -100, BIG, -BIG):
        for stop in (None, 3, -1, 100, -100, BIG, -BIG):
            for step in (None, 1, 2, -1, -3, BIG, -BIG):
                got, want = reads(s, start, stop, step, 12), s[start:stop:step]
                assert got == want and type(got) is type(want), (s, start, stop, step, got)
    print(ends(s, 14))
print(reads((1, 2, 3), None, None, None, 12) is not None)


def signs(seq, turns):
    # One place, steps of both signs, bounds left out.
    out = []
    for k in range(turns):
        step = 1 if k % 2 else -2
        out.append(seq[k % 4::step])
    return out


print(signs([0, 1, 2, 3, 4, 5], 12))


def zero(seq, turns):
    for k in range(turns):
        step = 1 if k < turns - 1 else 0
        try:
            seq[::step]
        except ValueError as e:
            return str(e), k


print(zero([1, 2], 30), zero("ab", 30))


class L(list):
    def __getitem__(self, k):
        return ("item", k)

    def __setitem__(self, k, v):
        print("set", k, v)

    def __delitem__(self, k):
        print("del", k)


class Index:
    def __init__(self, n):
        self.n = n

    def __index__(self):
        return self.n


def mixed(turns):
    out = []
    for k in range(turns):
        s = L([1, 2]) if k == turns - 1 else [1, 2, 3]
        out.append(s[1:])
    return out[-2:]


print(mixed(20))


def indices(turns):
    out = None
    for k in range(turns):
        j = Index(1) if k == turns - 1 else 2
        out = [10, 20, 30][j:]
    return out


print(indices(20))


# Storing: equal and other lengths, at both ends, steps, the list itself, other iterables.
def store(turns):
    a = list(range(8))
    for k in range(turns):
        a[: k % 5 + 1] = a[k % 5 :: -1]
    return a


print(store(25))


def grow(turns):
    a = [0]
    for k in range(turns):
        a[k % 3 : k % 3 + 1] = [k, k + 1, k + 2]
        if len(a) > 30:
            a[5:-5] = []
    return a


print(grow(40))


def empty_and_back(turns):
    a = []
    b = [1, 2, 3]
    for _ in range(turns):
        a[:] = b
        a[:] = []
    a[5:] = b
    return a, b


print(empty_and_back(30))


def stepped(turns):
    a = [True] * 20
    for k in range(2, turns):
        i = k % 7 + 2
        a[i * 2 :: i] = [False] * len(range(i * 2, 20, i))
    return a


print(stepped(20))


def wrong(turns):
    a = [1, 2, 3, 4]
    for k in range(turns):
        b = [7, 8] if k < turns - 1 else [9]
        try:
            a[::2] = b
        except ValueError as e:
            return str(e), a


print(wrong(20))


def itself(turns):
    a = [1, 2, 3]
    for k in range(turns):
        b = a if k == turns - 1 else [4, 5]
        a[1:] = b
    return a


print(itself(20))


class D:
    def __init__(self, n):
        self.n = n

    def __del__(self):
        gone.append(self.n)


gone = []


def objects(turns):
    # What is replaced is plain at first, later an object that says when it goes.
    a = [1, 2, 3]
    for k in range(turns):
        if k > turns // 2:
            a[1] = D(k)
        a[1:2] = [k]
    gc.collect()
    return a, sorted(gone)


print(objects(30))


def shared(turns):
    # The list that is stored is used afterwards.
    a, kept = [0, 0, 0], []
    for k in range(turns):
        b = [k, str(k), (k,)]
        kept.append(b)
        a[:] = b
        a[:] = [0, 0, 0]
    return kept[0], kept[-1], a


print(shared(20))


def strings(turns):
    # The items of what is taken over are objects.
    a = [0, 0]
    for k in range(turns):
        a[:] = [str(k), str(k + 1)]
        x, y = a
        a[0] = a[1] = 0
    return x, y


print(strings(20))


def alias(turns):
    a = [0, 0]
    for k in range(turns):
        b = [k, k]
        c = b
        a[:] = b
        del b
        c.append(k)
        a[0] = 5
    return a, c


print(alias(20))


def delete(turns):
    sizes = []
    for k in range(turns):
        a = list(range(10))
        del a[k % 4 :]
        b = list(range(10))
        del b[:: k % 3 + 1]
        c = list(range(10))
        del c[8 : k % 3 : -2]
        sizes.append((len(a), b, c))
    return sizes[-3:]


print(delete(20))


def delete_objects(turns):
    del gone[:]
    for k in range(turns):
        a = [k, k]
        if k >= turns - 3:
            a.append(D(k))
        del a[1:]
    gc.collect()
    return sorted(gone), len(a)


print(delete_objects(20))


def of_subclass(turns):
    for k in range(turns):
        a = L([1, 2, 3]) if k >= turns - 1 else [1, 2, 3]
        a[1:] = [k]
        del a[:1]
    return a


print(list.__len__(of_subclass(20)))


def iterating(turns):
    # Changed while it is iterated over.
    out = []
    for k in range(turns):
        a = [1, 2, 3, 4]
        for x in a:
            a[2:] = [x]
            out.append(x)
            if len(out) > 100:
                break
    return out[-12:]


print(iterating(30))


# Methods of lists, bound once or looked up each time.
def bound(turns):
    a = list(range(5))
    insert, pop, append, reverse = a.insert, a.pop, a.append, a.reverse
    for k in range(turns):
        insert(k % 4, pop(0))
        insert(-1, pop())
        insert(100, "x" if k % 7 == 0 else k)
        append(pop(-2))
        pop()
        reverse()
    return a


print(bound(30), bound(7))


def of_each(turns):
    out = []
    for k in range(turns):
        a = [k]
        push = a.append
        push(k + 1)
        push(str(k))
        out.extend(a)
    return out[-5:]


print(of_each(20))


def raising(turns):
    a = [1]
    pop = a.pop
    said = []
    for k in range(turns):
        try:
            a.insert(0, k)
            pop(0)
            if k >= turns - 2:
                pop(10)
        except IndexError as e:
            said.append(str(e))
        if k == turns - 1:
            pop()
            try:
                pop()
            except IndexError as e:
                said.append(str(e))
            try:
                a.insert("x", 1)
            except TypeError as e:
                said.append(str(e))
    return said


print(raising(20))


def sums(turns):
    a, t, s, big = [], (), "", 1
    for k in range(turns):
        a = a + [k] if len(a) < 5 else a * 2
        a += [k]
        if len(a) > 9:
            a = []
        t = t + (k,) if len(t) < 4 else t * 0
        s = s + "é" if k % 2 else s * 2
        s = s[-6:]
        big = big * 12345 % (10**40 + 7)
    return a, t, s, big


print(sums(40))


def too_big(turns):
    n = 1
    for k in range(turns):
        n = n * 3
        if k == turns - 1:
            try:
                n // (n - n)
            except ZeroDivisionError:
                return n


print(too_big(90))
