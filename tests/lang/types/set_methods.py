s = {3, 1, 2}
s.add(4); s.add(1); s.discard(9); s.remove(3); s.update([7, 8], (9,))
print(sorted(s), len(s), 4 in s, s == {1, 2, 4, 7, 8, 9}, set() , set("aab") == {"a", "b"})
a, b = {1, 2, 3}, {2, 3, 4}
print(a | b, a & b, a - b, a ^ b, a.union([9]), a.intersection([1]), a.difference([1]), a.symmetric_difference([1, 5]), a <= b, {2} < a, a >= {1}, a.isdisjoint({9}), a.issubset(range(9)), a.issuperset([1]))
c = set(a)
c |= b; c &= {1, 2, 4}; c -= {1}; c ^= {2, 5}
print(c, a.copy() is a)
c.intersection_update([5]); c.difference_update([5]); c.symmetric_difference_update([6])
print(c, c.pop(), c)
f = frozenset([1, 2])
print(f, f | {3}, {3} | f, type(f | {3}).__name__, type({3} | f).__name__, hash(f) == hash(frozenset([2, 1])), {f: 1}[frozenset({1, 2})], f == {1, 2}, frozenset(f) is f, frozenset())
for g in (lambda: set().pop(), lambda: {1}.remove(2), lambda: {[]}, lambda: {1} | [2], lambda: hash(set()), lambda: f.add(1), lambda: set(5), lambda: {1} < [1], lambda: {1}.union(5), lambda: {{1}}):
    try:
        g()
    except Exception as e:
        print(type(e).__name__, e)
print({1, 1.0, True}, {x % 3 for x in range(10)}, {frozenset([1])} == {frozenset([1])}, {1} in [{1}], {1} in {frozenset([1])})
s = set(range(1000))
s -= set(range(0, 1000, 2))
print(len(s), sum(s), min(s), max(s))
print(repr({1}), repr({"a"}), str(frozenset("a")), sorted({"b", "a"}))
