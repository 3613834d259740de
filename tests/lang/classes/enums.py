from enum import Enum, IntEnum, Flag, IntFlag, auto, unique, StrEnum


class Color(Enum):
    RED = 1
    GREEN = 2
    ALIAS = 1

    def pretty(self): return self.name.title()


print(Color.RED, repr(Color.RED), Color(2), Color["GREEN"], Color.ALIAS is Color.RED, Color.RED.pretty())
print(list(Color), len(Color), Color.RED in Color, Color.RED.value, Color.__members__.keys())
for f in (lambda: Color(9), lambda: Color["X"], lambda: setattr(Color, "RED", 5), lambda: Color.RED < Color.GREEN):
    try:
        f()
    except (ValueError, KeyError, AttributeError, TypeError) as e:
        print(type(e).__name__, e)


class N(IntEnum):
    A = auto()
    B = auto()


print(N.A + 1, N.B > N.A, N.A == 1, f"{N.A}", str(N.B), [10, 20, 30][N.A])


class P(Flag):
    R = auto()
    W = auto()
    X = auto()
    RW = R | W


print(P.R | P.X, P.RW & P.W, ~P.R, bool(P.R & P.W), P.R in P.RW, list(P.RW), P(0))


class S(StrEnum):
    ONE = auto()


print(S.ONE, S.ONE == "one", S.ONE.upper())
try:
    @unique
    class U(Enum):
        A = 1
        B = 1
except ValueError as e:
    print(e)


class Planet(Enum):
    EARTH = (1, 2)

    def __init__(self, a, b):
        self.total = a + b


print(Planet.EARTH.total, Planet.EARTH.value)
D = Enum("D", "A B C")
print(list(D), hash(D.A) == hash(D.A), {D.A: 1}[D.A])
try:
    class Sub(Color):
        B = 3
except TypeError as e:
    print(e)
