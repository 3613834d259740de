# One OrderedDict as a cache that eight threads use: every operation is atomic, no key is lost, doubled or out of place.
from collections import OrderedDict

from support.workers import THREADS, run

# Odd threads move keys that are always there; even threads use a cache, from which all take what any has put in.
stay = OrderedDict((n, n) for n in range(THREADS))
cache = OrderedDict()
put = [0] * THREADS
taken = [[] for _ in range(THREADS)]


def move(n, i):
    stay.move_to_end(n, last=bool(i & 2))
    other = i % THREADS
    assert stay[other] == other and other in stay and stay.get(other) == other
    stay[n] = n
    assert stay.setdefault(other, "gone") == other


def use(n, i):
    cache[n, i] = i
    put[n] += 1
    if i % 3:
        # There are more puts than takes, so it is never empty.
        key, value = cache.popitem(last=bool(i & 4))
        assert key[1] == value
        taken[n].append(key)
    elif i % 2:
        try:
            cache.move_to_end((n, i - 1), last=bool(i & 8))
        except KeyError:
            pass


def work(n, stop):
    i = 0
    while not stop():
        for _ in range(50):
            i += 1
            (move if n % 2 else use)(n, i)


run(work)
assert sorted(stay) == list(range(THREADS)), list(stay)
left = list(cache)
gone = [key for keys in taken for key in keys]
assert len(left) == len(cache) == len(set(left))
assert len(gone) == len(set(gone)) and not set(gone) & set(left)
assert len(gone) + len(left) == sum(put), (len(gone), len(left), sum(put))
assert list(reversed(cache)) == left[::-1]
print("ok")
