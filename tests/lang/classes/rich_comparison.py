class V:
    def __init__(self, v): self.v = v
    def __eq__(self, o): return isinstance(o, V) and self.v == o.v
    def __lt__(self, o): return self.v < o.v
    def __hash__(self): return hash(self.v)
    def __repr__(self): return f"V{self.v}"


print(V(1) == V(1), V(1) != V(1), V(1) == 1, V(1) < V(2), V(1) > V(2), sorted([V(3), V(1), V(2)]))
print({V(1): "a"}[V(1)], V(1) in [V(1)], [V(1), V(2)].index(V(2)), max(V(1), V(5)))


class E:
    def __eq__(self, o): return True


try:
    hash(E())
except TypeError as e:
    print(e)
print(E.__hash__)


class H(E):
    __hash__ = object.__hash__


print(isinstance(hash(H()), int))


class Weird:
    def __lt__(self, o): return []
    def __eq__(self, o): return "eq"
    def __ne__(self, o): return "ne"


print(Weird() < 1, Weird() == 1, Weird() != 1, 1 == Weird())
print((1, 2) < (1, 3), [1, 2] < [1], (1, "a") < (2, None), "a" < "b", (1,) == [1])
try:
    (1, "a") < (1, None)
except TypeError as e:
    print(e)
nan = float("nan")
print(nan == nan, nan in [nan], [nan] == [nan], nan != nan, [1, nan] < [1, nan])
print(1 < 2 < 3 != 4, 1 == True, 0.0 == -0.0, 2**53 == float(2**53), 2**53 + 1 == float(2**53))
print({1, 2} < {1, 2, 3}, {1} <= {1}, {1} < {2}, {1, 2} > {1}, frozenset([1]) == {1}, {1: 2} == {1: 2.0})
print(object() == object(), None == 0, ... == ...)
print(10**400 > float("inf"), 10**400 < float("inf"), -10**400 < 1.5, 1.5 < 2**100)
