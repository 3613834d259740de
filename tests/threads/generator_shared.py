# One generator resumed by all: each value once, and the only error is "already executing".
from support.workers import THREADS, run


def numbers(n):
    for i in range(n):
        yield i


seen = [[] for _ in range(THREADS)]
current = [numbers(20000)]


def work(n, stop):
    gen = current[0]
    while True:
        try:
            seen[n].append(next(gen))
        except StopIteration:
            return
        except ValueError as e:
            assert str(e) == "generator already executing", e


run(work)
everything = sorted(x for part in seen for x in part)
assert everything == list(range(20000)), len(everything)
print("ok")
