import collections
import collections.abc

# Only the named items of a sequence with a wildcard star are looked at.
class Seq(collections.abc.Sequence):
    def __getitem__(self, i):
        print("item", i)
        return i
    def __len__(self):
        return 42
match Seq():
    case [x, *_, y]:
        print(x, y)
match Seq():
    case [_, x, *_]:
        print(x)
match Seq():
    case [*_, 40, z]:
        print(z)
match range(1 << 30):
    case x, y, *_:
        print(x, y)

# Names of attributes are not mangled.
class C:
    __attr = "mangled"
class Outer:
    def f(self, x):
        match x:
            case C(__attr=y):
                return y
c = C()
setattr(c, "__attr", "plain")
print(Outer().f(c))

# The first base decides what a class is for patterns.
def kind(x):
    match x:
        case [*_]:
            return "sequence"
        case {}:
            return "mapping"
class M(collections.UserDict, collections.abc.Sequence):
    pass
class S(list, collections.abc.Mapping):
    def keys(self): return []
class D(dict, collections.abc.Sequence):
    pass
print(kind(M()), kind(D()))

for text in [
    "match 0:\n case {0: _, False: _}: pass",
    "match 0:\n case {0: _, 0.0: _}: pass",
    "match 0:\n case {1: _, 0j: _, 1.0: _}: pass",
    "match 0:\n case f'': pass",
    "match 0:\n case 0 * 0j: pass",
    "match 0:\n case -0j ** 1: pass",
]:
    try:
        compile(text, "?", "exec")
    except SyntaxError as e:
        print(e)
    else:
        print("accepted", text)
