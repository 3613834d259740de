# A loop of a generator makes and runs other generators, which handle exceptions.
def items(n):
    total = 0
    for v in (x for x in range(n)):
        try:
            if v % 53 == 0:
                raise ValueError(v)
            yield -v
        except ValueError as e:
            total = total + e.args[0]
        yield -v
        yield [v]


def makes(n):
    total = 0
    for v in tuple(range(n)):
        for q in items(2):
            total = total + (q if isinstance(q, int) else q[0])
    yield total


def made(n):
    t = 0
    for i, x in enumerate(makes(n)):
        t = t + x * (i + 1)
    return t


for n in (3, 121, 578, 3000):
    print(made(n))
