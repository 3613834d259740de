import annotationlib
from annotationlib import Format, get_annotations


def f(a: Missing, b: int) -> list[Missing]: ...


print(get_annotations(f, format=Format.STRING))
fr = get_annotations(f, format=Format.FORWARDREF)
print(type(fr["a"]).__name__, fr["b"])
try:
    get_annotations(f)
except NameError as e:
    print(e)
import typing
print(typing.get_type_hints(lambda: 0))


class A:
    x: "int"
    y: typing.Optional[str] = None


print(typing.get_type_hints(A), get_annotations(A))
