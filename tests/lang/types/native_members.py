# Attributes of native types that are members, and what `dataclasses` makes of those of a base class.
import types
from dataclasses import dataclass


class A:
    __slots__ = ("x",)


for d in (
    A.x, types.FunctionType.__globals__, types.FunctionType.__code__, slice.start, range.start, property.fget, complex.real,
    types.MethodType.__func__, OSError.errno, StopIteration.value, types.CodeType.co_name, types.CodeType.co_code,
    types.GeneratorType.gi_frame, types.FrameType.f_back, types.TracebackType.tb_frame, super.__thisclass__,
):
    print(d, type(d) is types.MemberDescriptorType, type(d) is types.GetSetDescriptorType)


@dataclass(slots=True, frozen=True)
class Base:
    type: str
    property: str


@dataclass(slots=True, frozen=True)
class Derived(Base):
    type: int
    title: str


print(Derived(1, 2, 3))
