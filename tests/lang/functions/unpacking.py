a, b = 1, 2
a, b = b, a
print(a, b)
first, *rest = range(5)
*init, last = "abc"
x, *mid, y = (1, 2)
print(first, rest, init, last, x, mid, y)
(p, (q, *r)), s = (1, (2, 3, 4)), 5
print(p, q, r, s)
for i, (j, k) in enumerate([(1, 2), (3, 4)]):
    print(i, j, k)


def attempt(code):
    try:
        exec(code)
    except (ValueError, TypeError) as e:
        print(type(e).__name__, e)


attempt("a, b = 1")
attempt("a, b = 1,")
attempt("a, b = 1, 2, 3")
attempt("a, b, *c = [1]")
attempt("a, b = 'abc'")
attempt("a, b = {1}")
attempt("a, b = iter([1])")
attempt("a, b = iter([1, 2, 3])")
attempt("[] = [1]")
attempt("a, = []")
attempt("for a, b in [1]: pass")


class Seq:
    def __getitem__(self, i):
        if i > 2:
            raise IndexError
        return i * 10


a, b, c = Seq()
print(a, b, c)
d = {}
d["x"], d["y"] = 1, 2
print(d)
[a, b], c = [1, 2], 3
print(a, b, c)
a = b, c = 7, 8
print(a, b, c)
l = [1, 2, 3]
i = 0
i, l[i] = 2, "z"
print(l)
*a, = "hi"
print(a)
print([*range(2), *{}, *"a"], *[1, 2])
