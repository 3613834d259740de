# A variable that a loop writes on two ways, one of them after an exception: what it held before is dropped once, and that is
# what it held in this turn, not what was there when the loop began.
import re
import time


def groups(matches):
    n = 0
    for m in matches:
        found = {}
        for i in range(1, 6):
            try:
                text = m.group(i)
                if text is None:
                    text = "None"
            except IndexError:
                text = "Error"
            found["g%d" % i] = text
        n += len(found["g1"] + found["g2"] + found["g5"])
    return n


patterns = [("a", "a"), ("(a)(b)?", "a"), ("(a)|(b)", "b"), ("((a)(b))", "xab"), ("(?P<n>x)", "x"), (".", "q"),
            ("(a)(b)(c)(d)(e)(f)", "abcdef"), (r"(\w)", "h")]
matches = [re.search(p, s) for p, s in patterns] * 5
print(groups(matches), groups(matches))


class Thing:
    alive = 0

    def __init__(self, n):
        Thing.alive += 1
        self.n = n

    def __del__(self):
        Thing.alive -= 1


def make(n):
    if n % 3 == 0:
        raise ValueError(n)
    return Thing(n)


def things(turns, extra):
    x = extra
    total = 0
    for n in range(turns):
        try:
            x = make(n)
            if n % 5 == 0:
                x = None
        except ValueError:
            x = extra
        total += x.n if x is not None else 1000
    return total


def settled(alive):
    """How many there are, once those that other threads may still read are gone."""
    for _ in range(1000):
        if Thing.alive == alive:
            break
        time.sleep(0.001)
    return Thing.alive


for turns in range(0, 60, 7):
    extra = Thing(-1)
    print(turns, things(turns, extra), settled(1))
del extra
print(settled(0))


def keys(dicts):
    last, found = "none", []
    for d in dicts:
        for key in "abc":
            try:
                last = d[key]
            except KeyError as e:
                last = e.args
            found.append(last)
    return found


print(keys([{"a": [1], "b": (2,)}, {"c": {}}, {}] * 9)[-9:])
