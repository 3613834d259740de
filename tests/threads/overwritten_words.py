# Elements, values and attributes are replaced by some threads while others move them about: no replacement is lost, each
# object that was displaced dies once, and what is there at the end lives.
import gc
import time
import weakref

from support.workers import SECONDS, run

WORDS = 32


class Item:
    __slots__ = ("owner", "count", "__weakref__")

    def __init__(self, owner, count):
        self.owner = owner
        self.count = count


alive = weakref.WeakSet()


def item(owner, count):
    made = Item(owner, count)
    alive.add(made)
    return made


# A list: four threads write elements of their own, one appends and pops, one inserts behind them.
items = [item(n, 0) for n in range(4) for _ in range(WORDS)] + [item(4, 0), item(4, 0)]


def write_list(n, stop):
    k = 0
    while not stop():
        k += 1
        if n < 4:
            for i in range(n * WORDS, n * WORDS + WORDS):
                before = items[i]
                assert before.owner == n and before.count == k - 1, (n, i, before.owner, before.count, k)
                items[i] = item(n, k)
        elif n == 4:
            for j in range(100):
                items.append(item(4, j))
            for j in range(99):
                assert items.pop().owner in (4, 5)
            time.sleep(0.001)
        else:
            items[4 * WORDS : 4 * WORDS + 1] = [item(5, k), item(5, k)]
            items.insert(4 * WORDS, item(5, k))
            time.sleep(0.001)


run(write_list, threads=6, seconds=SECONDS / 3)
for n in range(4):
    assert len({x.count for x in items[n * WORDS : n * WORDS + WORDS]}) == 1, n
left = len(items)

# A dict: values of their own, while keys come and go and the table is made anew.
table = {(n, i): item(n, 0) for n in range(4) for i in range(WORDS)}
names = {f"{n}.{i}": item(n, 0) for n in range(4) for i in range(WORDS)}


def write_dict(n, stop):
    k = 0
    while not stop():
        k += 1
        if n < 4:
            for i in range(WORDS):
                key, name = (n, i), f"{n}.{i}"
                assert table[key].count == names[name].count == k - 1
                table[key] = item(n, k)
                names[name] = item(n, k)
        else:
            for j in range(200):
                table[n, k, j] = item(n, j)
                names[f"{n} {k} {j}"] = item(n, j)
            for j in range(200):
                del table[n, k, j]
                names.pop(f"{n} {k} {j}")
            time.sleep(0.001)


run(write_dict, threads=6, seconds=SECONDS / 3)
assert len(table) == len(names) == 4 * WORDS
for n in range(4):
    assert len({table[n, i].count for i in range(WORDS)}) == 1, n


# An object: attributes of their own, while others are added and deleted.
class Thing:
    pass


thing = Thing()
for n in range(4):
    setattr(thing, f"a{n}", item(n, 0))


def write_attributes(n, stop):
    k = 0
    if n == 0:
        while not stop():
            k += 1
            assert thing.a0.count == k - 1
            thing.a0 = item(n, k)
    elif n == 1:
        while not stop():
            k += 1
            assert thing.a1.count == k - 1
            thing.a1 = item(n, k)
    elif n < 4:
        name = f"a{n}"
        while not stop():
            k += 1
            assert getattr(thing, name).count == k - 1
            setattr(thing, name, item(n, k))
    else:
        while not stop():
            k += 1
            setattr(thing, f"b{n}", item(n, k))
            delattr(thing, f"b{n}")
            time.sleep(0.001)


run(write_attributes, threads=6, seconds=SECONDS / 3)
gc.collect()
assert len(alive) == left + 2 * 4 * WORDS + 4, (len(alive), left)
print("ok")
