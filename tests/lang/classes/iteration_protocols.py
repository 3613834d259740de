class Old:
    def __getitem__(self, i):
        if i >= 3:
            raise IndexError
        return i * i


print(list(Old()), 4 in Old(), list(reversed([1])), list(zip(Old(), Old())))


class It:
    def __init__(self, n): self.n = n
    def __iter__(self): return self

    def __next__(self):
        if not self.n:
            raise StopIteration
        self.n -= 1
        return self.n

    def __length_hint__(self): return self.n


print(list(It(3)), sum(It(4)), sorted(It(3)), 2 in It(5), tuple(It(2)), set(It(2)) == {0, 1}, max(It(3)))
import operator
print(operator.length_hint(It(7)), operator.length_hint(iter([1, 2])), operator.length_hint(5, 9))


class R:
    def __reversed__(self): return iter("rev")
    def __len__(self): return 2
    def __getitem__(self, i): return "ab"[i]


print(list(reversed(R())))


class R2:
    def __len__(self): return 2
    def __getitem__(self, i): return "ab"[i]


print(list(reversed(R2())))


class NoIter:
    __iter__ = None


for f in (lambda: iter(NoIter()), lambda: list(5), lambda: 1 in NoIter(), lambda: next(5)):
    try:
        f()
    except TypeError as e:
        print(e)
d = {"a": 1, "b": 2}
try:
    for k in d:
        d["new" + k] = 1
except RuntimeError as e:
    print(e)
try:
    for k in list(d):
        for j in d:
            del d[k]
            break
    for k in {1: 1}:
        pass
    s = {1, 2}
    for k in s:
        s.add(k + 10)
except RuntimeError as e:
    print(e)
l = [1, 2, 3]
for x in l:
    if len(l) < 6:
        l.append(x * 10)
print(l)
it = iter([1, 2])
print(it.__length_hint__(), next(it), it.__length_hint__())
