# Dicts, sets and membership in compiled loops: keys that ask no Python, and those that do.
import gc


class Key:
    def __init__(self, n):
        self.n = n

    def __hash__(self):
        return hash(self.n)

    def __eq__(self, other):
        asked.append(self.n)
        return isinstance(other, Key) and self.n == other.n or other == self.n


asked = []


def member(container, keys, turns):
    yes = 0
    for k in range(turns):
        if keys[k % len(keys)] in container:
            yes += 1
        if keys[k % len(keys)] not in container:
            yes -= 100
    return yes


keys = [1, "a", 2.0, None, True, (1, "a"), 10**20, b"x", ("z", 2), "zz", 3.5]
for c in ([1, "a", 2, None, (1, "a")], (1, "a", 2.0, (1, "a")), {1, "a", None, (1, "a"), 10**20},
          frozenset([2, "zz"]), {1: 0, "zz": 1, (1, "a"): 2, 3.5: 4, b"x": 5}, [], {}, set(), (float("nan"),)):
    print(member(c, keys, 44), [member(c, [k], 12) for k in keys])
print(member("hello", ["ell", "", "x", "hello!"], 24))
nan = float("nan")
print(member([nan], [nan], 12))


def wrong(container, keys):
    for k in keys:
        try:
            k in container
        except TypeError as e:
            return str(e)


print(wrong({1: 2}, [1] * 20 + [[]]))
print(wrong({1, 2}, [1] * 20 + [(1, [])]))
print(wrong("abc", ["a"] * 20 + [1]))


def custom(turns):
    d, s, l = {}, set(), []
    for k in range(turns):
        d[k] = k
        s.add(k)
        l.append(k)
    hits = 0
    for k in range(turns):
        key = Key(k) if k >= turns - 3 else k
        hits += (key in d) + (key in s) + (key in l) + d[key] + d.get(key, 100)
        d[key] = k
        s.add(key)
    return hits, len(d), len(s), len(asked) > 5


print(custom(30))


def counts(words):
    seen = {}
    for w in words:
        if w in seen:
            seen[w] += 1
        else:
            seen[w] = 1
    return seen


print(counts("the cat and the dog and the bird".split() * 5))
print(counts([(1, 2), (2, 1), (1, 2), 1, 1.0, True, "1"] * 5))


def missing(turns):
    d = {k: k * 2 for k in range(5)}
    out = []
    for k in range(turns):
        try:
            out.append(d[k % 7])
        except KeyError as e:
            out.append(e.args)
        out.append(d.get(k % 7))
        out.append(d.get(k % 7, "other"))
    return out[-21:]


print(missing(28))


class Missing(dict):
    def __missing__(self, k):
        return ("missing", k)


def subclass(turns):
    out = []
    for k in range(turns):
        d = Missing({1: 2}) if k >= turns - 2 else {1: 2, 5: 6}
        out.append((d[5], 5 in d, d.get(5)))
    return out[-3:]


print(subclass(20))


class Gone:
    def __del__(self):
        gone.append(len(gone))


gone = []


def replaced(turns):
    d = {}
    for k in range(turns):
        d["x"] = Gone() if k % 4 == 3 else k
    gc.collect()
    return len(gone), d["x"].__class__.__name__


print(replaced(24))


def both(turns):
    # Values that are objects, which others keep.
    d = {}
    for k in range(turns):
        d[k % 5] = [k]
        d[str(k % 5)] = str(k)
        d[k % 5, 1] = k
    return d


print(both(20))

G = 1


def globals_change(turns):
    g = globals()
    out = []
    for k in range(turns):
        g["G"] = k
        out.append(G)
    return out[-3:]


print(globals_change(30))


def unequal_hash_partners(turns):
    # Equal hashes, other values.
    s, d = {-1, "x"}, {-1: "a", -2: "b"}
    n = 0
    for k in range(turns):
        n += (-2 in s) + (-1 in s) + (-1.0 in s) + (-2.0 in d)
        d[-2] = k
        s.add(-2.5)
    return n, d, len(s)


print(unequal_hash_partners(20))


# Truth of objects.
class Plain:
    pass


class Sized:
    def __len__(self):
        return 0


class Truthy:
    def __bool__(self):
        return False


def truths(things, turns):
    n = 0
    for k in range(turns):
        x = things[k % len(things)]
        if x:
            n += 1
        if not x:
            n -= 50
        while x:
            n += 7
            break
    return n


things = [[], [1], (), (1,), "", "a", {}, {1: 2}, set(), {1}, frozenset(), b"", b"x", Plain(), Sized(), Truthy(), len, Plain,
          10**20, range(0), range(2)]
print(truths(things, 63), [truths([t], 12) for t in things])


def becomes_false(turns):
    p, out = Plain(), []
    for k in range(turns):
        if k == turns - 3:
            Plain.__bool__ = lambda self: False
        out.append(1 if p else 0)
    del Plain.__bool__
    return out[-5:]


print(becomes_false(30))


def draining(turns):
    todo, done = list(range(turns)), 0
    while todo:
        x = todo.pop()
        if x % 5 == 0 and x:
            todo.append(x // 2)
        done += x
    d = {k: k for k in range(turns)}
    while d:
        d.popitem()
        done += 1
    return done


print(draining(60))


# Sets with each other.
class Odd:
    def __init__(self, n):
        self.n = n

    def __eq__(self, other):
        return False

    def __ne__(self, other):
        return False

    def __hash__(self):
        return 1


def of_sets(make, turns):
    out = []
    for k in range(turns):
        a, b = make(range(k % 7)), make(range(2, k % 9))
        out.append((a <= b, a < b, a == b, a != b, a >= b, a > b, sorted(a & b), sorted(a - b), sorted(a | b), len(a & b)))
        if a:
            out.append((min(a), max(a)))
        n = 0
        for x in a - b:
            n += x
        out.append(n)
        out.append(type(a & b).__name__)
    return out[-9:]


print(of_sets(set, 40))
print(of_sets(frozenset, 40))


def of_others(turns):
    out = []
    for k in range(turns):
        a = {Odd(1), Odd(2), "x"} if k == turns - 1 else {1, "x", (2, 3)}
        b = {Odd(1), "x"} if k >= turns - 2 else {"x", (2, 3), 1.0}
        out.append((len(a & b), len(a - b), a <= b, a == b))
    return out[-3:]


print(of_others(20))


def smallest(turns):
    out = []
    for k in range(turns):
        s = {1.5, 2} if k == turns - 1 else {"a", "b"} if k == turns - 2 else set() if k == turns - 3 else {k, k + 1, -k}
        try:
            out.append((min(s), max(s)))
        except ValueError as e:
            out.append(str(e))
    return out[-4:]


print(smallest(20))


def changes_in_between(turns):
    said = []
    for k in range(turns):
        s = {1, 2, 3}
        try:
            for x in s:
                if k >= turns - 2:
                    s.add(x + 10)
        except RuntimeError as e:
            said.append(str(e))
    return said


print(changes_in_between(20))


def equalities(things, turns):
    yes = no = 0
    for k in range(turns):
        a, b = things[k % len(things)], things[(k * 7 + k // 5) % len(things)]
        if a == b:
            yes += 1
        if a != b:
            no += 1
        yes += (a == a) * 100
    return yes, no


things = [(1, "a"), (1, "a", 2), 10**20, 10**20 + 1, b"x", "x", 1, 1.0, True, None, float("nan"), Odd(1), (1.0, "a"), [], ()]
print(equalities(things, 200), [equalities([t], 12) for t in things], [equalities([t, (1, "a")], 12) for t in things])


def removing(turns):
    out = []
    for k in range(turns):
        a = [k, "x", (k, 1), None, 2.5]
        a.remove("x")
        a.remove((k, 1))
        a.remove(k)
        a.extend((1, 2))
        a.extend([k])
        a.extend(a)
        if k >= turns - 2:
            a.insert(0, Odd(3))
            a.remove(2.5)
            try:
                a.remove("gone")
            except ValueError as e:
                out.append(str(e))
        out.append(len(a))
    return out[-5:], a[-3:]


print(removing(20))


def views(turns):
    n = 0
    for k in range(turns):
        d = {k: 1, "a": k}
        n += len(d.keys()) + sum(1 for x in d.values()) + len(d.copy())
        for key, v in d.items():
            n += v
    return n


print(views(25))
