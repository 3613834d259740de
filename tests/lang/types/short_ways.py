# Operations that have a short way: what they do at its borders.

def items(s, places):
    for n in places:
        try:
            print(n, repr(s[n]))
        except IndexError as e:
            print(n, e)

items("aé", (0, 1, -1, -2, 2, -3, True))
items("a€", (0, 1, -1, 2))
items(b"a\xff", (0, 1, -1, -2, 2, -3))
for n in (2**60, -(2**60)):
    for s in ("ab", b"ab", bytearray(b"ab"), [1, 2], (1, 2)):
        try:
            s[n]
        except IndexError as e:
            print(type(s).__name__, e)


class Text(str):
    def __getitem__(self, n):
        return "own", n


print(Text("ab")[0], Text("ab")[-5])

b = bytearray(3)
for key, value in ((0, 255), (-1, 7), (1, True), (3, 1), (-4, 1), (0, 256), (0, -1), (0, "x"), (0, 2**70)):
    try:
        b[key] = value
        print(b)
    except (IndexError, ValueError, TypeError) as e:
        print(key, value, type(e).__name__, e)


class Bytes(bytearray):
    pass


c = Bytes(2)
c[-1] = 5
print(c)


# Attributes that native code computes, at one site for objects of one shape.
class A:
    pass


class B(A):
    pass


def cls(o):
    return o.__class__


def names(o):
    return o.__dict__


a = A()
for _ in range(5):
    assert cls(a) is A
a.__class__ = B
print(cls(a).__name__)
for n in range(5):
    a.x = n
    assert names(a) == {"x": n}
a.__dict__ = {"y": 1}
print(names(a), cls(a).__name__, cls(3).__name__, cls(A).__name__)


class Liar:
    @property
    def __class__(self):
        return int


x = Liar()
for _ in range(5):
    print(cls(x).__name__, isinstance(x, int), isinstance(x, Liar), isinstance(x, str))


class Meta(type):
    def __instancecheck__(cls, o):
        return o == 1


class M(metaclass=Meta):
    pass


for o in (1, 2, M()):
    print(isinstance(o, M), end=" ")
print()
del Meta.__instancecheck__
print(isinstance(1, M), isinstance(M(), M))


# Special methods written in Python, called from native code.
class S:
    def __iter__(self):
        yield 1
        yield 2

    def __getitem__(self, n, *rest, default=3):
        return n, rest, default

    def __len__(self, extra=4):
        return extra

    def __contains__(self, o):
        local = o
        del o
        return local == 1

    def __eq__(self, o):
        return "eq"


s = S()
print(list(s), s[1], len(s), 1 in s, 2 in s, s == 1, [s] == [1])


class Bad:
    def __len__(self, a, b):
        return 1

    def __contains__():
        return 1


for f in (lambda: len(Bad()), lambda: 1 in Bad()):
    try:
        f()
    except TypeError as e:
        print(e)


# Properties whose getter takes more than one argument, or is a generator.
class P:
    @property
    def two(self, more=2):
        return more

    @property
    def gen(self):
        yield self

    @property
    def bad(self, other):
        return other


p = P()
for _ in range(3):
    print(p.two, list(p.gen) == [p])
    try:
        p.bad
    except TypeError as e:
        print(e)


# Native functions and methods: arguments that fit and that do not.
for f in (
    lambda: [].append(),
    lambda: [].append(1, 2),
    lambda: len(),
    lambda: len(1, 2),
    lambda: {}.get(),
    lambda: {}.get(1),
    lambda: {}.get(1, 2),
    lambda: {}.get(1, 2, 3),
    lambda: str.upper(),
    lambda: str.upper(3),
    lambda: str.upper("a"),
    lambda: isinstance(1),
    lambda: getattr(1, "real"),
    lambda: getattr(1, "none", 4),
    lambda: type(1),
):
    try:
        print(f())
    except TypeError as e:
        print(e)

# Iterators that other iterators ask.
print(list(zip("ab", [1, 2], (3, 4), range(2), {5: 6})), list(map(str, [1, 2])), sum(x for x in (1, 2)))
it = iter("aé€")
print(list(it), list(it), next(it, "end"))
l = [1]
it = iter(l)
print(list(enumerate(it)), list(it))
l.append(2)
print(list(it))


# Tuples in tuples, deep, and with finalisers.
class D:
    def __del__(self):
        print("del")


t = (D(), (D(), [D()]))
del t
deep = ()
for _ in range(100000):
    deep = (deep, None)
del deep
print("done")

# What messages about arguments call a method.
for f in (
    lambda: [].append(x=1),
    lambda: "".split(1, 2, 3),
    lambda: "".split(None, sep=1),
    lambda: "".split(x=1),
    lambda: [].clear(1),
    lambda: [].insert(1),
    lambda: "".encode(1, 2, 3),
    lambda: {}.get(k=1),
    lambda: [].sort(1),
    lambda: [].sort(a=1),
):
    try:
        print(f())
    except TypeError as e:
        print(e)

# Arguments that are left to defaults, also in calls from a generator.
def default(a, b=2, *, c=3):
    return a, b, c


def gen():
    yield default(1)
    yield default(1, 3)
    yield type(default(4))


print(default(1), list(gen()), type(5), "-".join([]), "-".join(["a"]), "".join("ab"), "-".join(("a", "é", "€")))
print(", ".join(["x"] * 40), "".join(["", "a", ""]), "".join(["", ""]) == "")


def delegate(x):
    return (yield from x)


print([list(delegate(x)) for x in ([1, 2], (3,), range(2), "ab", {5: 6}, {7})])
big = {n: str(n) for n in range(100)}
copy = dict(big)
copy[5] = 5
print(len(copy), copy[5], big[5], copy == big, copy.pop(99), len(big), list(copy)[:3])
