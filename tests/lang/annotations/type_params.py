def first[T](items: list[T]) -> T:
    return items[0]


class Box[T]:
    def __init__(self, v: T): self.v = v
    def get[U](self, u: U) -> T | U: return self.v


class Pair[K: int, *Ts, **P](Box[K]):
    pass


type Alias = list[int]
type Rec[T] = tuple[T, Rec[T]] | None
print(first([1]), first.__type_params__, Box.__type_params__, Pair.__type_params__, Box.get.__type_params__)
T = Box.__type_params__[0]
print(type(T).__name__, T.__name__, T.__bound__, T.__constraints__, T)
K, Ts, P = Pair.__type_params__
print(K.__bound__, type(Ts).__name__, type(P).__name__, Ts, P)
print(Alias, Alias.__value__, Alias.__name__, Rec.__type_params__, Rec[int])
print(Box[int], Box[int](5).v, Box.__parameters__, Pair.__orig_bases__[0], Box.__mro__[1].__name__)


def bound_lazy[T: not_defined_yet](x: T): return x


try:
    bound_lazy.__type_params__[0].__bound__
except NameError as e:
    print(e)


def constrained[T: (int, str) = int](x: T): ...


c = constrained.__type_params__[0]
print(c.__constraints__, c.__default__, c.has_default(), T.has_default())


class Outer[A]:
    B = A
    def m[A](self): return A
    class Inner[C]:
        pair = (A, C) if False else None


print(Outer.B is Outer.__type_params__[0], Outer().m() is Outer.m.__type_params__[0])
try:
    exec("class Dup[T, T]: pass")
except SyntaxError as e:
    print(e.msg)
except NameError as e:
    print(e)
