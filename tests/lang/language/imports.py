import sys
import os.path as osp
import collections.abc
from math import pi as PI, floor
from collections import (OrderedDict,
                         deque)

print(osp.join("a", "b"), PI > 3, floor(1.5), collections.abc.Sized.__name__, OrderedDict().__class__.__name__, deque([1]))
try:
    import does_not_exist
except ModuleNotFoundError as e:
    print(e, e.name)
try:
    from math import nothing_here
except ImportError as e:
    print(type(e).__name__, e.name)
try:
    import os.nothing
except ModuleNotFoundError as e:
    print(e)
print("math" in sys.modules, sys.modules["math"].floor is floor, __name__, __import__("math").pi == PI)
import types
mod = types.ModuleType("made")
mod.value = 42
sys.modules["made"] = mod
import made
from made import value
print(made.value, value)
mod.__all__ = ["a"]
mod.a, mod._b = 1, 2
ns = {}
exec("from made import *", ns)
print("a" in ns, "value" in ns)
sys.modules["blocked"] = None
try:
    import blocked
except ModuleNotFoundError as e:
    print(e)
def lazy():
    import string
    return string.digits
print(lazy())
try:
    from . import x
except ImportError as e:
    print(e)
import importlib
print(importlib.import_module("math") is sys.modules["math"])
print(__file__.endswith("imports.py"), __doc__, __spec__, __package__)
