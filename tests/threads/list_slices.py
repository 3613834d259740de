# Slices counted from the end of a list whose length changes: their bounds are fitted to the length of one moment.
from support.workers import THREADS, run

# One thread makes it longer, the others shorter; it never has fewer than 30 items, so `[-10:]` has ten.
shared = list(range(30))
extra = THREADS * 2


def work(n, stop):
    while not stop():
        if n % 2:
            shared.append(n)
            shared.append(n)
            shared.pop()
            shared.pop()
            continue
        for _ in range(20):
            assert len(shared[-10:]) == 10
            assert len(shared[-10::2]) == 5
            assert len(shared[-1:-11:-1]) == 10
            assert len(shared[:-20]) <= 10 + extra
            shared[-5:-5] = [n, n]
            del shared[-2:]
            shared[-4:-2] = [n, n]
            shared[-1:-9:-2] = [n, n, n, n]


run(work)
assert len(shared) == 30, len(shared)
print("ok")
