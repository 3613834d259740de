# One iterator of a list, range or dict shared by all: items come from the source. The two halves of a pair may be of
# different steps: enumerate and zip take them one after the other.
import itertools

from support.workers import THREADS, run

source = list(range(5000))
iters = [iter(source), iter(range(5000)), iter({i: None for i in range(5000)}), itertools.count(), enumerate(source), zip(source, source), map(str, source)]
counts = [[] for _ in range(THREADS)]


def work(n, stop):
    for it in iters:
        for _ in range(400):
            try:
                value = next(it, None)
            except (RuntimeError, ValueError) as e:
                continue
            if it is iters[3]:
                counts[n].append(value)
            if type(value) is tuple and value:
                assert type(value[0]) is int and value[1] in range(5000), value


run(work)
numbers = [x for part in counts for x in part]
assert len(set(numbers)) == len(numbers)
print("ok")
