# One set, many threads: each thread's own items behave as if it were alone.
from support.workers import run

shared = set()


def work(n, stop):
    i = 0
    while not stop():
        for _ in range(100):
            i += 1
            item = (n, i % 64)
            shared.add(item)
            assert item in shared
            shared.discard(item)
            assert item not in shared
        try:
            for item in shared:
                assert type(item) is tuple and len(item) == 2
        except RuntimeError:
            pass
        assert all(type(x) is tuple for x in shared.copy())


run(work)
assert not shared
print("ok")
