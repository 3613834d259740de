# Iterating while others insert: RuntimeError, or pairs that were really there. Never a made-up pair.
from support.workers import run

shared = {i: i * 3 for i in range(200)}


def work(n, stop):
    i = n
    while not stop():
        i += 1
        if n % 2:
            for k in range(50):
                key = (i * 17 + k) % 2000
                shared[key] = key * 3
                if k % 4 == 0:
                    shared.pop((key + 7) % 2000, None)
        else:
            try:
                for k, v in shared.items():
                    assert v == k * 3, (k, v)
            except RuntimeError as e:
                assert "changed" in str(e), e
            for k, v in list(shared.items()):
                assert v == k * 3, (k, v)
            assert shared.get(5, 15) == 15
            copy = shared.copy()
            for k in copy:
                assert copy[k] == k * 3


run(work)
print("ok")
