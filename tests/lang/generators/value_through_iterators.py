"""StopIteration's value goes through the iterators that go over another one, as far as CPython lets it."""

import itertools


class Ends:
    def __iter__(self):
        return self

    def __next__(self):
        raise StopIteration(42)


def generator():
    yield 1
    return "done"


def show(label, it):
    items = []
    try:
        while True:
            items.append(next(it))
    except StopIteration as e:
        print(label, items, e.args)
    print(label, next(it, "default"))


for make in Ends, generator:
    show("enumerate", enumerate(make()))
    show("map", map(str, make()))
    show("map of two", map(lambda a, b: (a, b), [7, 8, 9], make()))
    show("filter", filter(None, make()))
    show("zip", zip(make()))
    show("zip of two", zip(make(), [7, 8, 9]))
    show("zip of three", zip([7, 8, 9], [7, 8, 9], make()))
    show("strict zip", zip(make(), strict=True))
    show("reversed order", zip([7, 8, 9], make()))
    show("chain", itertools.chain(make()))
    show("islice", itertools.islice(make(), 5))
    show("islice later", itertools.islice(make(), 3, 5))
    show("takewhile", itertools.takewhile(bool, make()))
    show("dropwhile", itertools.dropwhile(bool, make()))
    show("accumulate", itertools.accumulate(make()))
    show("starmap", itertools.starmap(print, make() if make is Ends else zip(make())))
    show("zip_longest", itertools.zip_longest(make()))
    show("groupby", itertools.groupby(make()) if make is Ends else (k for k, _ in itertools.groupby(make())))
    show("pairwise", itertools.pairwise(make()))
    show("batched", itertools.batched(make(), 2))
    show("compress", itertools.compress(make(), [1, 1, 1]))
    show("compress by", itertools.compress([7, 8, 9], make()))
    show("filterfalse", itertools.filterfalse(None, make()))
    show("cycle", itertools.islice(itertools.cycle(make()), 3))
    show("tee", itertools.tee(make())[0])
    show("expression", (x for x in make()))


def delegates():
    return (yield from enumerate(generator()))


def outer():
    print("delegated", (yield from delegates()))


print(list(outer()))
# Who takes all items does not see the value.
print(list(enumerate(generator())), dict(zip("ab", generator())), [*map(str, generator())], sum(filter(None, generator())))
for pair in enumerate(Ends()):
    print(pair)
a, = map(str, generator())
print(a, list(itertools.islice(Ends(), 3)), max(enumerate(generator())))
