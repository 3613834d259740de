# Arrays of numbers and characters: items, slices, bytes, errors.
import array
import collections.abc
import copy
import io
import pickle
import struct


def show(f, *args):
    try:
        print(repr(f(*args)))
    except Exception as e:
        print(type(e).__name__, e)


A = array.array

# limits of every integer code
for code, bits, signed in [
    ("b", 8, True), ("B", 8, False), ("h", 16, True), ("H", 16, False),
    ("i", 32, True), ("I", 32, False), ("l", 64, True), ("L", 64, False),
    ("q", 64, True), ("Q", 64, False),
]:
    low = -(1 << bits - 1) if signed else 0
    high = (1 << bits - 1) - 1 if signed else (1 << bits) - 1
    a = A(code, [low, high, 1])
    print(a, a.itemsize, a.typecode, memoryview(a).format, memoryview(a)[1] == high)
    for wrong in (low - 1, high + 1, 2**80, -(2**80), 1.5, "1", None):
        show(a.append, wrong)
    print(len(a))

# floats
d = A("d", range(5))
print(d, A("f", [0.1, 2, -1e300, float("nan")]))
show(d.append, "x")
show(A, "f", [2**2000])
print(d[1:4], d[::-1], d[-1], d[True])
d[0] = 7
d[-1] = 2.5
print(d)
for key in (5, -6, 1.0, "a", None, 2**70):
    show(lambda: d[key])
    show(d.__setitem__, key, 0)
show(d.__setitem__, 0, "a")
d[1:3] = A("d", [9, 8, 7, 6])
print(d)
d[::3] = A("d", [0, 0, 0])
print(d)
del d[::2]
print(d)
del d[0], d[-1]
print(d)
show(d.__setitem__, slice(0, 1), [1])
show(d.__setitem__, slice(0, 1), A("f", [1]))
e = A("d", range(6))
show(e.__setitem__, slice(0, 6, 2), A("d", [1]))
e[4:1] = A("d", [50])
print(e)

# methods
a = A("i", [3, 1, 3])
a.extend([4, 5])
a.extend(A("i", [6]))
show(a.extend, A("h", [1]))
show(a.extend, 5)
show(a.extend, [1, "x"])
print(a)
a.insert(0, 100)
a.insert(-100, 101)
a.insert(100, 102)
a.insert(-1, 103)
print(a, a.count(3), a.index(3), a.index(3, 3), a.index(3, -9))
show(a.index, 3, 5)
show(a.index, 99)
show(a.remove, 99)
a.remove(3)
print(a.pop(), a.pop(0), a.pop(-2), a)
show(a.pop, 99)
show(A("i").pop)
a.reverse()
print(a, a.tolist(), 3 in a, 77 in a, 3.0 in a, "3" in a)
print(a + A("i", [1]), a * 2, 2 * a, a * -1)
show(lambda: a + [1])
show(lambda: a + A("h"))
show(lambda: a * 1.5)
a += A("i", [1])
a *= 2
print(a)
show(a.__iadd__, [1])
a.fromlist([1, 2])
show(a.fromlist, (1, 2))
show(a.fromlist, [1, 2, "x"])
print(len(a))
a.clear()
print(a, len(a), bool(a))

# bytes and files
b = A("h", [1, 2, -3])
print(b.tobytes() == struct.pack("3h", 1, 2, -3))
b.byteswap()
print(b)
b.frombytes(b"\0\0\1\0")
show(b.frombytes, b"abc")
show(b.frombytes, "abcd")
print(b)
f = io.BytesIO()
b.tofile(f)
f.seek(0)
c = A("h")
c.fromfile(f, 3)
print(c)
show(c.fromfile, f, 9)
print(c)
print(bytes(A("B", b"xyz")), bytearray(A("B", b"xyz")), b"".join([A("b", [65, 66])]))

# the buffer
g = A("i", range(4))
with memoryview(g) as m:
    m[2] = 70
    g[0] = 5
    print(m.tolist(), m.nbytes, m.itemsize, m.readonly)
    for change in (lambda: g.append(1), g.pop, g.clear, lambda: g.extend([1]), lambda: g.__delitem__(0)):
        show(change)
    g[1:2] = A("i", [33])
print(g)
g.append(1)
print(struct.unpack_from("i", g, 8))

# characters
w = A("w", "añ\U0001f600")
print(w, w[1], len(w), w.tounicode(), A("w"))
w.fromunicode("zz")
w.append("q")
print(w)
show(w.append, "ab")
show(w.append, 5)
show(A, "w", ["ab"])
show(A, "d", "ab")
show(A, "d", w)
show(g.fromunicode, "a")
show(g.tounicode)
show(A("w", b"\xff\xff\xff\xff").tounicode)

# comparison
print(A("i", [1, 2]) == A("d", [1, 2]), A("i", [1]) == A("i", [1, 2]), A("i", [1]) == [1])
print(A("i", [1, 2]) < A("i", [1, 3]), A("i", [2]) > A("i", [1, 3]), A("i") <= A("i"), A("f", [1]) != A("f", [1]))
n = float("nan")
print(A("d", [n]) == A("d", [n]), n in A("d", [n]))

# iterators
it = iter(A("i", [1, 2, 3]))
print(next(it), it.__reduce__()[1:])
it.__setstate__(2)
print(list(it), list(it))
x = A("i", [1])
for v in x:
    if len(x) < 5:
        x.append(v + 1)
print(x)

# making
show(A)
show(A, "d", 1, 2)
show(A, "d", 5)
show(lambda: A("d", x=1))
print(A("i", (i * i for i in range(4))), A("i", {1: 2}), A("i", b"\1\0\0\0"))

# copies, pickles, subclasses
print(copy.copy(g), copy.deepcopy(g) == g, copy.copy(g) is g)
for code, items in (("d", [1.5, -2]), ("b", [1, -1]), ("w", "hé"), ("Q", [2**64 - 1])):
    one = A(code, items)
    for proto in range(pickle.HIGHEST_PROTOCOL + 1):
        two = pickle.loads(pickle.dumps(one, proto))
        assert type(two) is A and two == one and two.typecode == code, (code, proto, two)
print(g.__reduce_ex__(2), g.__reduce_ex__(3)[1:])
R = array._array_reconstructor
print(R(A, "i", 9, b"\0\0\0\1"), R(A, "d", 15, b"\x3f\x80\0\0"), R(A, "w", 19, b"\0h\0i"), R(A, "l", 5, b"\xff\xfe"))
show(R, list, "d", 3, b"a")
show(R, A, "z", 3, b"a")
show(R, A, "d", 333, b"a")
show(R, A, "d", 3, b"a")
show(R, A, "d", 3, "a")


class S(A):
    pass


s = S("i", [1, 2])
s.note = "kept"
t = pickle.loads(pickle.dumps(s))
print(s, type(t).__name__, t.note, type(s[:]).__name__, type(s + s).__name__)
print(isinstance(s, collections.abc.MutableSequence), issubclass(A, collections.abc.Sequence))
match A("i", [1, 2, 3]):
    case [first, *rest]:
        print(first, rest)
big = A("d", [0.0]) * 100000
for i in range(0, 100000, 7):
    big[i] = i
print(sum(big), len(big))
