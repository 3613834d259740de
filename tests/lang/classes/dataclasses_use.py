from dataclasses import dataclass, field, asdict, astuple, replace, fields, FrozenInstanceError, KW_ONLY, InitVar


@dataclass
class P:
    x: int
    y: int = 0
    tags: list = field(default_factory=list, repr=False)


p = P(1)
print(p, p == P(1, 0), p != P(2), P(1, 2), [f.name for f in fields(P)])
p.tags.append("a")
print(asdict(p), astuple(p), replace(p, x=5))


@dataclass(frozen=True, order=True)
class F:
    a: int
    b: str = "b"


f = F(1)
try:
    f.a = 2
except FrozenInstanceError as e:
    print(e)
print(hash(f) == hash(F(1)), F(1) < F(2), sorted([F(3), F(1)]), {f: 1})


@dataclass
class Q(P):
    z: int = 3
    _: KW_ONLY
    k: int = 4
    iv: InitVar[int] = None

    def __post_init__(self, iv):
        self.sum = self.x + self.y + self.z + (iv or 0)


q = Q(1, 2, k=9, iv=100)
print(q, q.sum)
for call in (lambda: P(), lambda: Q(1, 2, [], 3, 4)):
    try:
        call()
    except TypeError as e:
        print(e)


@dataclass(slots=True)
class S:
    a: int = 1


try:
    S().b = 1
except AttributeError as e:
    print(e)
try:
    @dataclass
    class Bad:
        a: list = []
except ValueError as e:
    print(e)
try:
    @dataclass
    class Bad2:
        a: int = 1
        b: int
except TypeError as e:
    print(e)
match q:
    case Q(x=1, z=z):
        print("matched", z)
print(P.__match_args__)
