"""Functions with loops that have code of their own: ways through the copies of those are joined to the function."""

EPSILON = 0.00001


class Ball:
    def __init__(self, at, size):
        self.at = at
        self.size = size

    def hit(self, x):
        d = self.size * self.size - (self.at - x) * (self.at - x)
        if d < 0:
            return None
        return d


class Floor:
    def hit(self, x):
        if x:
            return 1 / x
        return None


def first(found):
    result = None
    for f in found:
        when = f[1]
        if when is not None and when > -EPSILON:
            if result is None or when < result[1]:
                result = f
    return result


def look(things, x, n=0):
    found = [(t, t.hit(x), k) for k, t in enumerate(things)]
    best = first(found)
    if best is None:
        return n
    t, when, k = best
    return n + k + round(when, 6)


things = [Ball(n * 2.0 - 7, 0.5 + n % 3) for n in range(7)] + [Floor()]
# Not in a function, so that `look` has code of its own.
for _ in range(12):
    total = 0
    for i in range(600):
        total += look(things, (i * 7) % 23 - 11.5 + i % 2 / 2)
    print(round(total, 4))
# Arguments of other kinds, and none of what was found so far.
print(look(things, 3), look(things, 0), look([], 1), look([Floor()], 0), look([Floor()], -2, 5))
try:
    look(things, "x")
except TypeError as e:
    print(e)


# A way changes what others only read; a last way reads it.
def changes(rows, best, n):
    for row in rows:
        for x in row:
            if x > 5:
                best = x
            elif x < -5:
                n = n * 2 % 1000003
        if n % 7 == 3:
            best = None
    return best, n


rows = [[(i * j) % 17 - 8 for j in range(i % 5)] for i in range(60)]
for k in range(8):
    print(changes(rows, "none", k + 3))


# What a variable holds until the instruction that raises has not assigned it.
class Kept:
    def __init__(self, n):
        self.n = n

    def __del__(self):
        gone.append(self.n)


def assigned(table, turns):
    a = b = None
    missing = []
    for t in range(turns):
        try:
            a = table[t]
        except KeyError as e:
            missing.append(str(e))
        b = [t, a]
        a = Kept(t)
    return a.n, b[0], missing[-3:], len(missing)


for k in range(5):
    gone = []
    print(assigned({0: "z", 2: 5, 3: None}, 60 + k))
    print(sorted(gone) == list(range(60 + k)))
    gone = []
    print(assigned({k: object, 40: [1]}, 9 + k)[2:])
    print(sorted(gone))
