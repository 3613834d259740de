# A package beside the program, with relative imports, a cycle, and a failing module.
import sys

import pkg_support.sub.leaf as leaf
from pkg_support import helper, sub
from pkg_support.sub import leaf as again

print(leaf is again, leaf.who(), helper.VALUE, sub.__name__, leaf.__package__)
print(sorted(m for m in sys.modules if m.startswith("pkg_support")))
print(leaf.up(), hasattr(sys.modules["pkg_support"], "helper"))
try:
    import pkg_support.broken
except ZeroDivisionError as e:
    print(e, "pkg_support.broken" in sys.modules)
from pkg_support import cycle_a
print(cycle_a.get())
try:
    from pkg_support import nothing
except ImportError as e:
    print(str(e).split(" (")[0])
import importlib
helper.VALUE = "changed"
importlib.reload(helper)
print(helper.VALUE)
from pkg_support import *
print(exported)
print(sys.modules["pkg_support"].dynamic)
