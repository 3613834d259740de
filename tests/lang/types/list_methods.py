l = [3, 1, 2]
l.append(5); l.extend("ab"); l.insert(1, "i"); l.insert(-100, "first"); l.insert(100, "last")
print(l, l.pop(), l.pop(0), l.index(1), l.count("a"), len(l))
l.remove("i"); l.reverse()
print(l, l[::-1], l[1:3], l[-2:], l * 2, l + [9], 5 in l, l.copy() == l, l.copy() is l)
l = [5, 2, 9, 1]
l.sort(); print(l)
l.sort(key=lambda x: -x); print(l)
l.sort(reverse=True, key=lambda x: x % 3); print(l)
print(sorted(["b", "A", "c"], key=str.lower), sorted([(1, "b"), (1, "a"), (0, "z")]), sorted([2, 1, 3], reverse=True))
l = list(range(10))
l[2:5] = ["x"]; print(l)
l[::2] = [0] * len(l[::2]); print(l)
del l[1:3]; print(l)
del l[::2]; print(l)
l[1:1] = [7, 8]; print(l)
l[:] = []; print(l, not l)
l += (1, 2); l *= 2; print(l)
a = [[0] * 2] * 2
a[0][0] = 1
print(a, [1, 2] < [1, 3], [1, 2] == [1, 2.0], [] < [0])
for f in (lambda: [].pop(), lambda: [1].pop(5), lambda: [1].remove(2), lambda: [1].index(2), lambda: [1][1], lambda: [1] + (2,), lambda: [1].extend(5),
          lambda: [1, "a"].sort(), lambda: l.__setitem__(slice(None, None, 2), [1]), lambda: l.__setitem__(100, 1), lambda: [].sort(1), lambda: list(5), lambda: [1] * "a", lambda: l.__delitem__(99), lambda: [1].insert("a", 1)):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
x = [1]
x.append(x)
print(x, repr([[], [[]]]))
print(list("abc"), list({"k": 1}), [*range(3)], list(reversed([1, 2])), [1, 2, 3].__contains__(2), [1].__len__())
class Bad:
    def __eq__(self, o): raise ValueError("eq")
try:
    [Bad()].index(1)
except ValueError as e:
    print(e)
l = [1, 2, 3]
def clearing(v):
    l.clear()
    return v
try:
    l.sort(key=clearing)
except ValueError as e:
    print(e)
it = iter([1, 2, 3]); next(it); print(list(it), list(it))
l = [1, 2, 3, 4]
for v in l:
    l.remove(v)
print(l)
