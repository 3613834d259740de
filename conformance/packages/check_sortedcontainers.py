import random

from sortedcontainers import SortedDict, SortedKeyList, SortedList, SortedSet

r = random.Random(7)
s = SortedList(r.randrange(1000) for _ in range(3000))
print(s[:5], s.bisect(500), s.count(10), len(s), list(s.irange(100, 103)))
for x in list(s)[::2]:
    s.remove(x)
s._check()
d = SortedDict({r.random(): i for i in range(50)})
print(d.peekitem(0), d.keys()[:2], list(SortedKeyList("cba", key=lambda c: -ord(c))), SortedSet("hello") & set("low"))
