import itertools as it
print(list(it.chain([1], "ab")), list(it.chain.from_iterable([[1], [2]])), list(it.islice(it.count(5, 2), 3)), list(it.islice("abcdef", 1, 5, 2)), list(it.repeat("x", 2)), list(it.islice(it.cycle("ab"), 5)))
print(list(it.accumulate([1, 2, 3])), list(it.accumulate([1, 2, 3], lambda a, b: a * b, initial=10)), list(it.compress("abc", [1, 0, 1])), list(it.dropwhile(lambda x: x < 2, [1, 2, 1])), list(it.takewhile(lambda x: x < 2, [1, 2, 1])), list(it.filterfalse(None, [0, 1])))
print([(k, list(g)) for k, g in it.groupby("aabbc")], [(k, list(g)) for k, g in it.groupby([1, 3, 2], key=lambda x: x % 2)], list(it.starmap(pow, [(2, 3), (3, 2)])), list(it.zip_longest("ab", "c", fillvalue="-")), list(it.pairwise("abc")), list(it.batched("abcde", 2)))
print(list(it.product("ab", [1, 2])), list(it.product([0, 1], repeat=2)), list(it.permutations("abc", 2)), list(it.combinations("abc", 2)), list(it.combinations_with_replacement("ab", 2)))
a, b = it.tee([1, 2, 3])
print(next(a), list(b), list(a))
print(list(it.islice(it.count(1.5, 0.5), 2)), it.count(3), it.repeat(5), it.repeat(5, 2))
print(list(map(None.__class__, [])), list(map(lambda *a: a, "ab", "cd")), list(enumerate("ab", start=1)), list(zip(*[(1, 2), (3, 4)])))
z = zip([1, 2], "a")
print(next(z), next(z, "end"))
for f in (lambda: it.islice([], -1), lambda: it.batched([], 0), lambda: it.chain(5).__next__(), lambda: it.repeat(), lambda: list(it.batched("abc", 2, strict=True))):
    try:
        f()
    except Exception as e:
        print(type(e).__name__, e)
