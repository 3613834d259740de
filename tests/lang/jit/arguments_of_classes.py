# What a class is called with is of one kind on some ways and of another on others: nothing may leave the code between the
# making of the instance and its `__init__`.


class Tree:
    def __init__(self, left, value, right):
        self.left = left
        self.value = value
        self.right = right


def tree(lo, hi):
    if lo >= hi:
        return None
    mid = (lo + hi) // 2
    return Tree(tree(lo, mid), mid, tree(mid + 1, hi))


def size(t):
    return 0 if t is None else 1 + size(t.left) + size(t.right)


for n in (3, 10, 40, 100):
    print(size(tree(0, n)))
for _ in range(20):
    t = tree(0, 50)
print(size(t))


class Pair:
    def __init__(self, a, b=None):
        self.a = a
        self.b = b


def mixed(n, make):
    if n <= 0:
        return None if n else 1.5
    x = mixed(n - 2, make)
    if n % 3 == 0:
        y = str(n)
    elif n % 3 == 1:
        y = n
    else:
        y = None
    return make(x, y)


def depth(p):
    n = 0
    while isinstance(p, Pair):
        n += 1 if p.b is None else len(p.b) if isinstance(p.b, str) else p.b
        p = p.a
    return n, p


class Maker:
    def make(self, a, b):
        return Pair(a, b)


for make in (Pair, Maker().make, lambda a, b: Pair(b=b, a=a)):
    found = [depth(mixed(n, make)) for n in range(30)]
    for _ in range(30):
        assert [depth(mixed(n, make)) for n in range(30)] == found
    print(found[-3:])
