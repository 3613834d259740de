# OrderedDict: what it adds to dict, and what a class that derives from it can change.
import copy
import pickle
from collections import OrderedDict

od = OrderedDict(a=1, b=2, c=3)
print(od, repr(OrderedDict()), type(od).__module__, type(od).__qualname__)
od.move_to_end("a")
print(list(od))
od.move_to_end("c", last=False)
print(list(od), list(reversed(od)))
od.move_to_end("c", False)
od.move_to_end("a", True)
print(list(od.items()))
for call in (
    lambda: od.move_to_end("x"),
    lambda: od.pop("x"),
    lambda: OrderedDict().popitem(),
    lambda: OrderedDict().popitem(last=False),
    lambda: OrderedDict(1, 2),
    lambda: od.update(1, 2),
    lambda: OrderedDict([(1, 2, 3)]),
    lambda: od.move_to_end([]),
    lambda: hash(od),
):
    try:
        print(call())
    except Exception as e:
        print(type(e).__name__)
print(od.popitem(), od.popitem(last=False), od)
print(od.pop("b"), od.pop("b", 7), od.pop(key="b", default=8), od)
print(od.setdefault("k"), od.setdefault("k", 5), od.setdefault(key="l", default=[]), od)

# Many moves, each against a list.
od, model = OrderedDict.fromkeys(range(50), 0), list(range(50))
x = 1
for step in range(5000):
    x = x * 1103515245 + 12345 & 0x7FFFFFFF
    key, what = (x >> 8) % 60, (x >> 20) % 6
    there = key in model
    assert (key in od) == there
    if what == 0 and not there:
        od[key] = step
        model.append(key)
    elif what == 1 and there:
        del od[key]
        model.remove(key)
    elif what == 2 and there:
        od.move_to_end(key)
        model.remove(key)
        model.append(key)
    elif what == 3 and there:
        od.move_to_end(key, last=False)
        model.remove(key)
        model.insert(0, key)
    elif what == 4 and model and step % 3 == 0:
        assert od.popitem(last=False)[0] == model.pop(0)
    elif what == 5 and model and step % 3 == 0:
        assert od.popitem()[0] == model.pop()
    assert len(od) == len(model)
    if step % 97 == 0:
        assert list(od) == model, step
        assert list(reversed(od)) == model[::-1]
        assert all(od.get(k, "none") != "none" for k in model)
assert list(od) == model and list(od.copy()) == model
print("moves agree")

# The order counts between two of them only.
a, b = OrderedDict([(1, 2), (3, 4)]), OrderedDict([(3, 4), (1, 2)])
print(a == b, a != b, a == dict(b), dict(a) == b, a == OrderedDict(a), a == 1, a != 1)
print(a | {5: 6}, {5: 6} | a, type({} | a).__name__)
a |= [(7, 8)]
print(a)
for call in (lambda: a | 1, lambda: a < b):
    try:
        print(call())
    except TypeError as e:
        print(type(e).__name__)
print(OrderedDict.fromkeys("ab"), OrderedDict.fromkeys("ab", value=0), OrderedDict(a).keys() == a.keys())

# Attributes, copies, pickles.
a.note = "x"
print(a.__dict__, a.copy().__dict__, copy.copy(a).note, copy.deepcopy(a).note)
for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
    c = pickle.loads(pickle.dumps(a, protocol))
    assert c == a and c.note == "x" and type(c) is OrderedDict
print(a.__reduce__()[:4])
r = OrderedDict()
r["self"] = r
print(r)


class Loud(OrderedDict):
    def __setitem__(self, key, value):
        print("set", key, value)
        super().__setitem__(key, value)

    def __getitem__(self, key):
        return super().__getitem__(key) * 10

    def __missing__(self, key):
        return key


d = Loud(a=1)
d.update([("b", 2)], c=3)
print(d.setdefault("d", 4), d["a"], d, d.pop("a"))
print(type(d.copy()), d["zz"])
d |= {"e": 5}
print(d | {"f": 6})
print(Loud.fromkeys("g", 1))


class Plain(OrderedDict):
    pass


p = Plain(z=1)
p.extra = 2
print(p, p.__dict__, p | {"y": 2}, isinstance(p, dict))
p["w"] = p["v"] = 3
try:
    for k in p:
        p["new"] = 1
except RuntimeError as e:
    print("changed")
