d = {"a": 1, "b": 2}
print(d, d["a"], d.get("z"), d.get("z", 0), d.setdefault("c", 3), d.setdefault("a", 9), "a" in d, len(d), list(d), list(d.items()), list(d.values()))
print(d.pop("a"), d.pop("zz", "default"), d.popitem(), d)
d.update({"x": 1}, y=2); d.update([("z", 3)]); print(d)
print({**d, "n": 0}, d | {"b": 7}, {"b": 8} | d, dict(a=1), dict([(1, 2)]), dict(zip("ab", [1, 2])), dict.fromkeys("ab"), dict.fromkeys([1], []), {k: v for k, v in d.items()})
d |= {"w": 5}
print(d, d == dict(d), d == {}, d.copy() is d, list(reversed(d)))
k, i, v = d.keys(), d.items(), d.values()
print(k, i, v, "b" in k, ("b", 2) in i, 5 in v, k & {"b"}, k | {"q"} == {"b", "q"}, sorted(k - {"b"}), sorted(k ^ {"b"}), len(k), k.isdisjoint({"q"}), k == {"b", "x", "y", "z", "w"})
d["late"] = 1
print(len(k), k.mapping["late"])
for f in (lambda: d["nope"], lambda: {}.popitem(), lambda: {}.pop("a"), lambda: {[]: 1}, lambda: dict(5), lambda: dict([(1, 2, 3)]), lambda: d.update(5), lambda: {} < {}, lambda: d.__delitem__("nope"), lambda: {1: 2} | 5, lambda: d.get(), lambda: dict({}, {})):
    try:
        f()
    except Exception as e:
        print(type(e).__name__, e)
d = {1: "int", 1.0: "float", True: "bool"}
print(d, {None: 1, (): 2, "": 3})
class K:
    def __init__(self, v): self.v = v
    def __hash__(self): return 1
    def __eq__(self, o): return self.v == o.v
    def __repr__(self): return f"K{self.v}"
d = {K(i): i for i in range(5)}
d[K(2)] = "new"
del d[K(3)]
print(d, K(4) in d, K(3) in d)
d = {}
d["self"] = d
print(d)
d = {i: i for i in range(1000)}
for i in range(0, 1000, 2):
    del d[i]
d[0] = "again"
print(len(d), list(d)[:3], list(d)[-1], next(reversed(d)))
d.clear(); print(d)
print({"b": 1, "a": 2} == {"a": 2, "b": 1}, list({"b": 1, "a": 2}), str({"a": [1, {"b": ()}]}))
it = iter({1: 1, 2: 2}); print(next(it), it.__length_hint__())
