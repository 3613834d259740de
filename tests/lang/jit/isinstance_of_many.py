"""`isinstance` of values of many kinds, of tuples that are made anew, and of classes that have a say in it."""
import abc


class Base:
    pass


class Derived(Base):
    pass


class Liar:
    @property
    def __class__(self):
        return Derived


class Meta(type):
    def __instancecheck__(cls, x):
        return x == 3


class Asked(metaclass=Meta):
    pass


class Abstract(abc.ABC):
    pass


Abstract.register(float)


class Number(int):
    pass


VALUES = ["a", b"b", 1, Number(3), None, 2.0, True, Base(), Derived(), Liar(), [1], (2,), {}, 10**30, Base, 3]


def texts(n):
    count = 0
    for i in range(n):
        if isinstance(VALUES[i % 16], (str, bytes)):
            count += 1
    return count


def is_base(x):
    return isinstance(x, Base)


def bases(n):
    count = 0
    for i in range(n):
        count = count * 3 % 1000003 + is_base(VALUES[i % 16])
    return count


def mixed(n):
    found = [0] * 5
    for i in range(n):
        x = VALUES[i * 7 % 16]
        if isinstance(x, (Base, (int, str))):
            found[0] += 1
        if isinstance(x, Asked):
            found[1] += 1
        if isinstance(x, (Abstract, Asked)):
            found[2] += 1
        if isinstance(x, type):
            found[3] += 1
        if not isinstance(x, object):
            found[4] += 1
    return found


def of_one(x, kinds):
    try:
        return isinstance(x, kinds)
    except TypeError as e:
        return str(e)


def raising(n):
    seen = {}
    for i in range(n):
        kinds = (int, str) if i % 50 else (int, "str")
        answer = of_one(VALUES[i % 16], kinds)
        seen[answer] = seen.get(answer, 0) + 1
    return seen


for n in (20, 3000):
    print(texts(n), bases(n), mixed(n))
    print(raising(n))


class Late:
    pass


def late(n):
    x = Late()
    counts = []
    for i in range(n):
        if i == n // 2:
            Late.__bases__ = (Base,)
        counts.append(isinstance(x, (Base, str)))
    return sum(counts), len(counts)


class Other:
    pass


class Late(Other):
    pass


print(late(2000))
