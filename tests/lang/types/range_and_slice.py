r = range(2, 20, 3)
print(r, list(r), len(r), r[0], r[-1], r[1:3], 8 in r, 9 in r, r.index(8), r.count(8), r.start, r.stop, r.step, list(reversed(r)), r == range(2, 19, 3), hash(r) == hash(range(2, 19, 3)), bool(range(0)))
print(list(range(5, 0, -2)), range(0), range(3) == range(0, 3, 1), range(10**30)[10**29], len(range(10**10)), 10**20 in range(10**30), 2.0 in range(3), "a" in range(3), range(10)[::-1], range(10)[2:8:2][1])
for f in (lambda: range(1, 2, 0), lambda: range(1.0), lambda: range(3)[5], lambda: len(range(10**30)), lambda: range(), lambda: range(3)["a"], lambda: setattr(range(3), "start", 5)):
    try:
        f()
    except Exception as e:
        print(type(e).__name__, e)
s = slice(1, 10, 2)
print(s, s.start, s.stop, s.step, s.indices(5), slice(None).indices(3), slice(-3, None, -1).indices(10), s == slice(1, 10, 2), hash(slice(1)) == hash(slice(1)))
class G:
    def __getitem__(self, k): return k
g = G()
print(g[1], g[1:2], g[::], g[1:2, 3], g[..., None], g[()], g["a":"b":"c"])
print([1, 2, 3][-2:], "abc"[slice(0, 2)], (1, 2, 3)[::-2], [1, 2, 3][True], [0, 1][False])
try:
    [1][::0]
except ValueError as e:
    print(e)
