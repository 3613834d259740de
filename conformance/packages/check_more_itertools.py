import more_itertools as mi

print(list(mi.chunked(range(7), 3)), list(mi.windowed("abcd", 2)), mi.first([], 0), list(mi.collapse([1, [2, (3, [4])]])))
p = mi.peekable(iter("abc"))
print(p.peek(), list(p), bool(p), list(mi.divide(3, range(7))[0]), list(mi.interleave_longest([1, 2], "abc")))
print(mi.ilen(mi.set_partitions([1, 2, 3, 4])), list(mi.split_at("a.b.c", lambda c: c == ".")), mi.one([5]))
print(sorted(mi.distinct_permutations("aab")), list(mi.run_length.encode("aabb")), dict(mi.map_reduce(range(5), lambda n: n % 2)))
try:
    mi.one([1, 2])
except ValueError as e:
    print(e)
