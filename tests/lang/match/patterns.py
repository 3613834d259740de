def m(x):
    match x:
        case 0 | 1:
            return "zero or one"
        case -3.5:
            return "float"
        case 1 + 2j:
            return "complex"
        case "a" "b":
            return "ab"
        case b"x":
            return "bytes"
        case None:
            return "none"
        case True:
            return "never: 1 matched"
        case []:
            return "empty"
        case [1, 2]:
            return "one two"
        case [a]:
            return f"single {a}"
        case [1, *rest]:
            return f"one then {rest}"
        case (x, y) if x == y:
            return f"pair equal {x}"
        case [first, *_, last]:
            return f"ends {first} {last}"
        case {"k": v, "z": 1}:
            return f"kz {v}"
        case {"k": str(v)}:
            return f"str k {v}"
        case {"k": v, **rest}:
            return f"k {v} rest {rest}"
        case {}:
            return "dict"
        case int(n) | float(n):
            return f"number {n}"
        case str() as s:
            return f"str {s}"
        case _:
            return "other"


for v in (0, 1, True, -3.5, 1 + 2j, "ab", b"x", None, [], [1, 2], (1, 2), [9], [1, 5, 6], (4, 4), [7, 8, 9], {"k": 1, "z": 1},
          {"k": "s"}, {"k": 2, "q": 3}, {}, {"a": 1}, 42, 2.5, "hello", {1, 2}, range(3), iter([1])):
    print(repr(v) if not hasattr(v, "__next__") else "iter", "->", m(v))


class Point:
    __match_args__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y


class Color:
    RED = 1


def c(p):
    match p:
        case Point(0, 0):
            return "origin"
        case Point(x=0, y=yy):
            return f"on y {yy}"
        case Point(xx, 0):
            return f"on x {xx}"
        case Point(Point(a, b), _):
            return f"nested {a} {b}"
        case Point():
            return "point"
        case Color.RED:
            return "red"
        case (Point(x, _) | [x, _]):
            return x
        case str(x) if x.isdigit():
            return "digits"


for v in (Point(0, 0), Point(0, 5), Point(5, 0), Point(Point(1, 2), 3), Point(1, 1), 1, [8, 9], "12", "ab"):
    print(c(v))
try:
    match Point(1, 2):
        case Point(1, 2, 3):
            pass
except TypeError as e:
    print(e)
try:
    match 5:
        case Color():
            pass
        case int(1, 2):
            pass
except TypeError as e:
    print(e)
match [1, [2, [3, 4]]]:
    case [a, [b, [*c]]]:
        print(a, b, c)
match {"a": {"b": [1, {"c": 2}]}}:
    case {"a": {"b": [_, {"c": n}]}}:
        print(n)
match = 5
case = match + 1
print(match, case)
match case, match:
    case 6, 5:
        print("soft keywords")
match "x":
    case "y":
        pass
print("nothing matched")
match (1, 2, 3):
    case [1, x, 3] as whole:
        print(x, whole)
import collections
match collections.deque([1, 2]):
    case [a, b]:
        print("deque", a, b)
match collections.OrderedDict(a=1):
    case {"a": z}:
        print("od", z)
