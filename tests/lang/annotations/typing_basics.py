import typing
from typing import *

T = TypeVar("T")
print(List[int], Dict[str, int], Optional[int], Union[int, str], Union[int], Any, Callable[[int], str], Tuple[int, ...], Literal[1, "a"], ClassVar[int], Final)
print(get_origin(List[int]), get_args(Dict[str, int]), get_origin(Union[int, str]) is Union, get_args(Optional[int]))


class G(Generic[T]):
    pass


print(G[int], G.__parameters__, G[T][int])


@runtime_checkable
class HasLen(Protocol):
    def __len__(self) -> int: ...


print(isinstance([], HasLen), isinstance(5, HasLen), issubclass(list, HasLen))


class P(NamedTuple):
    x: int
    y: str = "d"


print(P(1), P._field_defaults, P.__annotations__)


class TD(TypedDict, total=False):
    a: int
    b: Required[str]


print(TD(a=1, b="x"), TD.__required_keys__, TD.__optional_keys__)
UserId = NewType("UserId", int)
print(UserId(5), UserId.__name__, cast(int, "x"), TYPE_CHECKING)


@overload
def f(x: int) -> int: ...
@overload
def f(x: str) -> str: ...
def f(x): return x


print(f(3), len(get_overloads(f)))


@final
class F: pass


print(F.__final__, Annotated[int, "meta"].__metadata__, Annotated[int, "m"].__origin__)
try:
    Protocol()
except TypeError as e:
    print(e)
print(get_type_hints(P))
