# Loops that grow: side exits joined, loops inside loops, loops that begin at one place, whole functions, kinds that change.


def nested(n):
    s = 0
    for i in range(n):
        for j in range(40):
            s += i * j & 7
    return s


def branches(n):
    s = 0
    for i in range(n):
        if i % 3 == 0:
            s += 1
        elif i % 3 == 1:
            s += 2
        else:
            s -= 1
    return s


def total(v):
    t = 0.0
    for x in v:
        t += x
    return t


def inner_in_call(n):
    v = [0.5, 1.5, 2.5] * 5
    t = 0.0
    k = 0
    while k < n:
        t += total(v)
        k += 1
    return t


def halve(n):
    c = 0
    for i in range(n):
        x = i
        while x > 1:
            x = x // 2
            c += 1
    return c


def sum_begins_as_int(rows, n):
    out = []
    for i in range(n):
        s = 0
        for j, x in enumerate(rows):
            s += x / (i + j + 1)
        out.append(s)
    return round(sum(out), 9)


def middle(n):
    # The loop inside is left in the middle and at its end.
    hits = 0
    for i in range(n):
        for k in (1, 2, 3, 4):
            if (i + k) % 5 == 0:
                if i % 2:
                    break
                continue
            hits += k
        else:
            hits += 100
    return hits


def neighbours(cells):
    around = {}
    for x, y in sorted(cells):
        for dx in (-1, 0, 1):
            for dy in (-1, 0, 1):
                if dx or dy:
                    k = x + dx, y + dy
                    around[k] = around.get(k, 0) + 1
    return {c for c, n in around.items() if n == 3 or n == 2 and c in cells}


def flips(n):
    # `while 1` and the loop inside it begin at the same instruction.
    perm, count = list(range(n)), [0] * (n + 1)
    best, r = 0, n
    while 1:
        while r != 1:
            count[r - 1] = r
            r -= 1
        p = perm[:]
        f = 0
        k = p[0]
        while k:
            p[: k + 1] = p[k::-1]
            f += 1
            k = p[0]
        if f > best:
            best = f
        while r != n:
            perm.insert(r, perm.pop(0))
            count[r] -= 1
            if count[r] > 0:
                break
            r += 1
        else:
            return best


class Odd:
    def __init__(self, items):
        self.items = items

    def __getitem__(self, i):
        return self.items[i]


def walks(seqs):
    # One `for`, iterators of several kinds.
    t = 0
    for s in seqs:
        for x in s:
            t += x
    return t


class Bits:
    def __init__(self):
        self.n = self.bits = self.field = 0

    def more(self):
        self.n += 1
        self.field = self.field << 8 | (self.n * 37 ^ self.n >> 3) & 255
        self.bits += 8

    def need(self, n):
        while self.bits < n:
            self.more()

    def read(self, n):
        if n > self.bits:
            self.need(n)
        r = self.field >> self.bits - n & (1 << n) - 1
        self.bits -= n
        self.field &= ~((1 << n) - 1 << self.bits)
        return r


def runs(b, n):
    h = 0
    for i in range(n):
        c = 0
        while b.read(1):
            c += 1
        h = (h * 31 + c) % 1000003
    return h


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def kinds(values):
    # What `x` and `best` hold changes.
    best = None
    for x in values:
        if best is None or x > best:
            best = x
    return best


def keywords(a, b=2, *, c=3):
    return a * 100 + b * 10 + c


def plain(a, b=2, c=3):
    return a * 100 + b * 10 + c


class Base:
    count = 0

    def __init__(self, v=1):
        self.v = v

    @staticmethod
    def twice(x):
        return x + x

    @classmethod
    def made(cls, v):
        cls.count += 1
        return cls(v)

    def get(self):
        return self.v


class Derived(Base):
    def __init__(self, v):
        super().__init__(v + 1)

    def get(self):
        return super().get() * 2


def calls(n):
    t = 0
    d = Derived(3)
    bound = d.get
    for i in range(n):
        t += plain(1, c=i & 3) + plain(b=1, a=2) + keywords(1, c=4) + Base.twice(i)
        t += Derived.made(i & 7).get() + bound() + (i).bit_length()
    return t, Derived.count


def closures(n):
    out = 0
    for i in range(n):
        f = lambda x: x + i
        out += f(1)
        s = {i & 1, 2, 3}
        d = {"a": i, "b": 2}
        out += len(s) + d["a"]
        text = f"{i}:{d['b']:>3}"
    return out, text


for _ in range(4):
    print(nested(200), branches(900), inner_in_call(90), halve(300))
    print(sum_begins_as_int([1, 2, 3.5], 60), middle(300), flips(5))
    print(walks([[1, 2], (3, 4), range(5), Odd([5, 6]), {7}, [8] * 30] * 40))
    print(fib(13), kinds([3, 1, 4.5, 1, 5, 9, 2.5, 6] * 20), kinds(["b", "c", "a"] * 30))
    print(runs(Bits(), 300), calls(150), closures(120))
glider = {(1, 0), (2, 1), (0, 2), (1, 2), (2, 2)}
for _ in range(30):
    glider = neighbours(glider)
print(sorted(glider))

# An exception in the middle of it all, with its line.


def divide(rows):
    t = 0
    for row in rows:
        for x in row:
            t += 60 // x
    return t


rows = [[1, 2, 3]] * 300
print(divide(rows))
try:
    divide(rows + [[4, 0]])
except ZeroDivisionError as e:
    tb = e.__traceback__.tb_next
    print(e, tb.tb_lineno - divide.__code__.co_firstlineno, tb.tb_frame.f_locals["x"])
