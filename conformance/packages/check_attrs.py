import attr
import attrs


@attrs.define(order=True)
class Point:
    x: int = attrs.field(converter=int, validator=attrs.validators.ge(0))
    y: int = 0
    tags: list = attrs.field(factory=list, repr=False, eq=False, order=False)


@attrs.frozen(kw_only=True)
class Line:
    a: Point
    b: Point = attrs.field(factory=lambda: Point(1, 2))

    @b.validator
    def check(self, attribute, value):
        if value == self.a:
            raise ValueError("no line")


p = Point("3", 4)
print(p, p == Point(3, 4, ["t"]), Point(1) < Point(2), attrs.asdict(Line(a=p)), attrs.evolve(p, y=9))
for make in (lambda: Point(-1), lambda: Line(a=Point(1, 2)), lambda: Point("x")):
    try:
        make()
    except Exception as e:
        print(type(e).__name__, e)
try:
    Line(a=p).a = 1
except attrs.exceptions.FrozenInstanceError as e:
    print("frozen", e)


@attr.s(slots=True, hash=True)
class Old:
    z = attr.ib(default=attr.Factory(dict), hash=False)


print(Old(), [f.name for f in attr.fields(Point)], hasattr(Old(), "__dict__"), hash(Old()) == hash(Old()))
