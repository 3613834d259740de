from abc import ABC, abstractmethod, ABCMeta


class Shape(ABC):
    @abstractmethod
    def area(self): ...

    @property
    @abstractmethod
    def name(self): ...

    def describe(self):
        return f"{self.name}: {self.area()}"


for cls in (Shape,):
    try:
        cls()
    except TypeError as e:
        print(e)


class Sq(Shape):
    def area(self): return 4
    name = "sq"


print(Sq().describe(), Shape.__abstractmethods__ == {"area", "name"})


class Half(Shape):
    def area(self): return 1


try:
    Half()
except TypeError as e:
    print(e)


class Reg(metaclass=ABCMeta):
    @classmethod
    def __subclasshook__(cls, c):
        return True if hasattr(c, "quack") else NotImplemented


class Duck:
    def quack(self): pass


print(issubclass(Duck, Reg), isinstance(Duck(), Reg), isinstance(1, Reg))
Reg.register(int)
print(isinstance(1, Reg))
from collections.abc import Sized, Iterable, Mapping, Sequence, Hashable, Callable, MutableSequence
print(isinstance([], Sized), isinstance({}, Mapping), isinstance((), Sequence), isinstance([], Hashable), isinstance(len, Callable))


class MySeq(Sequence):
    def __getitem__(self, i): return [1, 2, 3][i]
    def __len__(self): return 3


m = MySeq()
print(list(m), 2 in m, m.index(3), list(reversed(m)), m.count(1))


class MyMap(Mapping):
    def __getitem__(self, k): return {"a": 1}[k]
    def __iter__(self): return iter("a")
    def __len__(self): return 1


print(dict(MyMap()), MyMap().get("z", 0), list(MyMap().items()), MyMap() == {"a": 1})
