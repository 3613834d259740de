import bisect, copy, heapq, struct
print(struct.pack("<ihbq", 1, -2, 3, 2**40), struct.unpack("<ih", b"\x01\0\0\0\xfe\xff"), struct.calcsize(">ibd"), struct.pack(">f", 1.5), struct.pack("3s5p?c", b"abcd", b"xy", True, b"z"), struct.unpack_from("<H", b"\0\x01\x02", 1), list(struct.iter_unpack("<H", b"\x01\0\x02\0")), struct.Struct("<I").size, struct.pack("2I", 1, 2) , struct.pack("<e", 0.5), struct.pack("@b3x", 1))
for f in (lambda: struct.pack("b", 200), lambda: struct.unpack("i", b"a"), lambda: struct.pack("z"), lambda: struct.pack("ii", 1), lambda: struct.pack("i", "a")):
    try:
        f()
    except struct.error as e:
        print(e)
class A:
    def __init__(self): self.l = [1, [2]]
a = A(); a.me = a
b = copy.deepcopy(a); c = copy.copy(a)
print(b.l == a.l, b.l is a.l, b.me is b, c.l is a.l, copy.copy([1]) == [1], copy.deepcopy({1: (2, [3])}), copy.deepcopy(len) is len, copy.replace.__name__)
class D:
    def __copy__(self): return "copied"
    def __deepcopy__(self, memo): return "deep"
print(copy.copy(D()), copy.deepcopy([D()]))
h = [5, 3, 8, 1]
heapq.heapify(h); heapq.heappush(h, 0)
print([heapq.heappop(h) for _ in range(5)], heapq.nlargest(2, [1, 5, 3]), heapq.nsmallest(2, "cab", key=ord), list(heapq.merge([1, 3], [2, 4])), heapq.heappushpop([1, 2], 0), heapq.heapreplace([1, 2], 5))
l = [1, 3, 3, 5]
print(bisect.bisect(l, 3), bisect.bisect_left(l, 3), bisect.bisect_right(l, 9), bisect.bisect_left(l, 4, 0, 2), bisect.bisect([3, 1], -2, key=lambda x: -x))
bisect.insort(l, 4); print(l)
import operator
print(operator.itemgetter(1, 2)("abc"), operator.attrgetter("a.b")(type("T", (), {"a": type("U", (), {"b": 5})})), operator.methodcaller("upper")("x"), operator.add(1, 2), operator.contains([1], 1), operator.countOf([1, 1], 1), operator.concat([1], [2]), operator.not_(0), operator.truth([]), operator.is_(None, None))
import random
r = random.Random(42)
print(r.random(), r.randint(1, 100), r.choice("abc"), r.sample(range(10), 3), r.shuffle(x := [1, 2, 3, 4]), x, r.gauss(0, 1), r.getrandbits(70), r.uniform(1, 2), r.choices([1, 2, 3], k=4), r.randrange(0, 100, 7), r.expovariate(1))
random.seed("text"); print(random.random())
