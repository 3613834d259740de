"""Ways through a loop that part and meet again, with all that may differ on them: values, types, references, frames."""
import gc


class Counted:
    live = 0

    def __init__(self, k):
        self.k = k
        Counted.live += 1

    def __del__(self):
        Counted.live -= 1


def numbers(n):
    best = total = 0
    for i in range(n):
        x = i * 7 % 13
        if x > 9:
            best = x
        elif x > 5:
            total += 1
        else:
            total += 2
        y = x + 1 if i % 3 == 0 else x - 1
        total += y
    return best, total


def types(n):
    total = 0
    seen = None
    for i in range(n):
        if i % 5 == 4:
            v = i * 0.5
        elif i % 11 == 3:
            v = None
        else:
            v = i
        if v is None:
            seen = i
        elif v == seen:
            total -= v
        else:
            total += v
    return total, seen


def references(n):
    held = None
    lost = 0
    for i in range(n):
        if i % 3 == 0:
            held = Counted(i)
        elif i % 7 == 1:
            held = None
        else:
            other = held
        if held is None:
            lost += 1
        else:
            lost += held.k & 1
    return lost


def several_returns(x, y):
    if x > y:
        return x
    if x == y:
        return -1
    for k in range(x % 3):
        y += k
    return y


def calls(n):
    total = 0
    for i in range(n):
        total += several_returns(i % 10, 5)
        if i % 4 == 0:
            total += several_returns(total % 7, i % 6)
    return total


class Shape:
    def __init__(self, at):
        self.at = at

    def hit(self, t):
        return self.at - t if self.at > t else None


class Far(Shape):
    def hit(self, t):
        return self.at * 0.25 if t % 3 else None


SHAPES = [Shape(3), Far(8), Shape(5), Far(2), Shape(9)]


def nearest(n):
    """The loop inside is left in the middle, and its header met from there."""
    total = 0
    for i in range(n):
        best = found = None
        for s in SHAPES:
            d = s.hit(i % 11)
            if d is not None and (best is None or d < best):
                best, found = d, s
        if found is not None:
            total += best + found.at
    return total


def few_turns(n):
    """Inner loops that have hardly any turns, as many as the numbers say."""
    total = 0
    for i in range(n):
        for j in range(i % 3):
            total += j
            for k in (1, 2):
                total += k * i % 5
        for c in "ab"[: i % 2]:
            total += ord(c)
    return total


def late(n, k):
    """A variable that is bound on one way only."""
    total = 0
    for i in range(n):
        if i % k == k - 1:
            total += len(x)
        if i % 3 == 1:
            x = str(i)
        elif i % 3 == 2:
            total += 1
        total += 2
    return total


def around(points, n):
    """Loops inside each other whose innermost is left and entered again in the middle."""
    counts = {}
    for i in range(n):
        for x, y in points:
            for dx in (-1, 0, 1):
                for dy in (-1, 0, 1):
                    if dx or dy:
                        key = x + dx, (y + dy + i) % 7
                        counts[key] = counts.get(key, 0) + 1
    return sorted(counts.items())[:4], sum(counts.values())


def bound_inside(n):
    """Variables that only some ways through an inner loop bind, and that one unbinds."""
    total = 0
    for i in range(n):
        for j in range(i % 4):
            if j == 2:
                last = [i, j]
            elif j == 1 and i % 5 == 0:
                last = None
            else:
                total += j
        try:
            total += 1 if last is None else last[0] % 3
            if i % 9 == 8:
                del last
        except UnboundLocalError:
            total += 100
    return total


class Made:
    def __init__(self, zone, *, fold=0):
        self.zone = zone
        self.fold = fold

    def replace(self, zone=True, *, fold=None):
        """Whoever passes nothing keeps what there was, which may be the very value that another way began with."""
        if zone is True:
            zone = self.zone
        if fold is None:
            fold = self.fold
        return Made(zone, fold=fold)


def replaced(n):
    made = Made(None)
    seen = {}
    for i in range(n):
        k = i * 7919 % 10007 % 6 if i > n // 3 else i % 2
        if k == 0:
            made = made.replace("x")
        elif k == 1:
            made = made.replace(None)
        elif k == 2:
            made = made.replace("utc")
        elif k == 3:
            made = made.replace(fold=i & 1)
        elif k == 4:
            made = made.replace()
        key = made.zone, made.fold
        seen[key] = seen.get(key, 0) + 1
    return seen


for n in (5, 900, 4000):
    print(replaced(n))
    print(around([(1, 2), (3, 3), (2, 5)], n // 5), bound_inside(n))
    print(numbers(n), types(n), calls(n), nearest(n), few_turns(n), late(n, 40))
    print(references(n))
for k in (1, 40):
    try:
        print(late(3000, k))
    except UnboundLocalError as e:
        print(e)
gc.collect()
print(Counted.live)
