# type[…]; unions of callables; the class of a module; importlib's built-in names.
import sys
import types
from collections.abc import Callable

print(type[int], type[int].__origin__, tuple[type[BaseException], int])


class Meta(type):
    pass


for cls in (Meta, int):
    try:
        cls[int]
    except TypeError as e:
        print(e)
print(Callable[[int], str] | None, Callable[[int], str] | Callable[[], int], int | Callable[[], None])


class Lazy(types.ModuleType):
    count: int
    calls = 0

    @property
    def answer(self):
        self.calls += 1
        return 42


m = types.ModuleType("m")
m.before = 1
m.__class__ = Lazy
print(m.answer, m.calls, m.before, m.__name__, isinstance(m, Lazy))
m.__class__ = types.ModuleType
print(hasattr(m, "answer"), m.calls)
import _frozen_importlib_external
import zipimport
from importlib import _bootstrap_external

print(_frozen_importlib_external is _bootstrap_external, zipimport.zipimporter.__name__)
