# append, pop, slicing, sorting, iteration and clearing of one list: items are never invented.
from support.workers import run

shared = list(range(100))
valid = set(range(1000))


def work(n, stop):
    i = n
    while not stop():
        for _ in range(50):
            i = (i * 31 + 7) % 1000
            op = i % 8
            try:
                if op < 3:
                    shared.append(i)
                elif op == 3:
                    shared.pop()
                elif op == 4:
                    shared[0] = i
                elif op == 5:
                    shared.insert(len(shared) // 2, i)
                elif op == 6:
                    del shared[:3]
                else:
                    for x in shared[:20]:
                        assert x in valid
            except (IndexError, ValueError):
                pass
        if n == 0:
            shared.sort()
            if len(shared) > 5000:
                shared.clear()
        elif n == 1:
            for x in shared:
                assert type(x) is int and 0 <= x < 1000, x
        elif n == 2:
            copy = list(shared)
            assert all(type(x) is int for x in copy)
            copy = shared + [1]
            shared.reverse()


run(work)
assert all(x in valid for x in shared)
print("ok")
