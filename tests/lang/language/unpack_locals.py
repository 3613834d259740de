# Unpacking into local variables, also those that the sequence itself comes from.
def swap():
    a, b = 1, 2
    a, b = b, a
    return a, b


def own():
    a = (1, 2, 3)
    a, b, c = a
    return a, b, c


def last():
    a = b = None
    c = [4, 5, 6]
    a, b, c = c
    return a, b, c


def same():
    a = b = 0
    t = (1, 2, 3)
    a, b, a = t
    return a, b


def cells():
    a, b = "ab"

    def inner():
        return a, b

    a, b = inner()[::-1]
    return inner()


def loop():
    out = []
    for i, (x, y) in enumerate([(1, 2), [3, 4], "56"]):
        out.append((i, x, y))
    for k, v in {"a": 1, "b": 2}.items():
        out.append((k, v))
    for p, q in zip("ab", "cd"):
        out.append(p + q)
    return out


def wrong(t):
    a, b = "old", "values"
    try:
        a, b = t
    except (ValueError, TypeError) as e:
        print(type(e).__name__, e)
    return a, b


def unbound(t):
    try:
        a, b = t
    except ValueError:
        pass
    try:
        return a
    except UnboundLocalError as e:
        return str(e)


gone = []


class Dies:
    def __init__(self, n):
        self.n = n

    def __del__(self):
        gone.append(self.n)


def replaces():
    a, b = Dies(1), Dies(2)
    a, b = Dies(3), Dies(4)
    print("replaced")
    a, b = (x for x in (5, 6))
    return a, b


print(swap(), own(), last(), same(), cells())
print(loop())
for t in [(1,), (1, 2, 3), [1], "", 5, {1: 2, 3: 4, 5: 6}, range(3)]:
    print(wrong(t))
print(unbound((1,)), unbound((1, 2)))
print(replaces())
