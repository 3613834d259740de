# Keyword arguments reach __new__ of a built-in type only where the class has no __init__ of its own.
for base, arg in (tuple, [1]), (frozenset, [1]), (float, 2.5), (list, [1]), (set, [1]):
    class Plain(base):
        pass
    try:
        Plain(sequence=arg)
    except TypeError as e:
        print(base.__name__, "refused")
    class WithInit(base):
        def __init__(self, arg, extra=None):
            self.extra = extra
            if base in (list, set):
                super().__init__(arg)
    try:
        print(base.__name__, WithInit(arg, extra=3).extra)
    except TypeError as e:
        print(base.__name__, "TypeError")
    class WithNew(base):
        def __new__(cls, arg, extra=None):
            self = super().__new__(cls, arg)
            self.extra = extra
            return self
    try:
        print(base.__name__, WithNew(arg, extra=4).extra)
    except TypeError as e:
        print(base.__name__, "TypeError")
class F(float):
    def __float__(self):
        return 42.0
class S(str):
    def __float__(self):
        return float(str(self)) + 1
print(float(F(1)), float(S("8")), F(1) + 0)
