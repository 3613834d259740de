class Sub(property):
    """doc of the class"""
class Slotted(property):
    __slots__ = ("__doc__",)

def getter(self):
    """doc of the getter"""
def other(self):
    """doc of the other"""

for cls in property, Sub, Slotted:
    print(cls(getter).__doc__, "|", cls(getter, doc="given").__doc__, "|", cls().__doc__)
    p = cls(getter)
    print(p.getter(other).__doc__, "|", p.setter(other).__doc__, "|", p.getter(lambda self: 1).__doc__)
    p = cls(getter, doc="given")
    print(p.getter(other).__doc__, "|", p.setter(other).__doc__, "|", p.deleter(other).__doc__)
class NoRoom(property):
    __slots__ = ()
    __doc__ = "of the class"
print(NoRoom(doc="dropped").__doc__)
try:
    NoRoom(getter)
except AttributeError as e:
    print("AttributeError")
p = property(getter)
p.__set_name__(1, "name")
print(p.__name__, property(getter).__name__)
for call in lambda: p.__set_name__(), lambda: property().__name__, lambda: property(3).__name__:
    try:
        call()
    except (TypeError, AttributeError) as e:
        print(type(e).__name__, e)
print(int.__add__.__doc__, [].__iter__.__doc__, int.__pow__.__text_signature__, object.__init__.__text_signature__)
try:
    type.__annotations__
except AttributeError as e:
    print(e)
print(type.__type_params__)
