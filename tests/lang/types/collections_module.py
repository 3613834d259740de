from collections import Counter, defaultdict, OrderedDict, deque, ChainMap, UserDict
c = Counter("abracadabra")
print(c, c.most_common(2), c["z"], c + Counter("a"), c - Counter("aaa"), sorted(c.elements())[:3], c.total(), Counter(a=1) & Counter(a=2), Counter(a=1) | Counter(a=2), +Counter(a=-1))
c.update("zz"); c.subtract("a"); print(c["z"], c["a"])
d = defaultdict(list)
d["a"].append(1); d["b"]
print(d, d.default_factory, d.get("q"))
try:
    defaultdict(None)["x"]
except KeyError as e:
    print(e)
o = OrderedDict([("a", 1), ("b", 2)])
o.move_to_end("a"); print(o, o.popitem(last=False), list(reversed(o)), OrderedDict(a=1) == {"a": 1}, OrderedDict([(1, 1), (2, 2)]) == OrderedDict([(2, 2), (1, 1)]))
q = deque([1, 2, 3], maxlen=4)
q.append(4); q.append(5); q.appendleft(0); q.rotate(1)
print(q, q[0], q.pop(), q.popleft(), q.index(2), q.count(3), q.maxlen, list(reversed(q)), 3 in q, len(q), q.copy() == q)
q.extend([7, 8]); q.extendleft([9]); q.remove(8) if 8 in q else None; q.reverse(); q.insert(1, "i") if len(q) < 4 else None
print(q, deque("ab") + deque("c"), deque("ab") * 2, deque([1]) < deque([2]))
for f in (lambda: deque().pop(), lambda: deque().popleft(), lambda: deque([1])[3], lambda: deque([1]).remove(2), lambda: deque(maxlen=-1), lambda: deque([1, 2], 2).insert(0, 3)):
    try:
        f()
    except Exception as e:
        print(type(e).__name__, e)
try:
    q = deque([1, 2])
    for x in q:
        q.append(1)
except RuntimeError as e:
    print(e)
m = ChainMap({"a": 1}, {"a": 2, "b": 3})
print(m["a"], m["b"], dict(m), m.maps, m.new_child({"z": 1})["z"])
class U(UserDict):
    def __setitem__(self, k, v): super().__setitem__(k, v * 2)
print(U(a=1), U({"b": 2}))
