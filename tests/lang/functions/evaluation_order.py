def v(x):
    print(x, end=" ")
    return x


def show(result):
    print("=>", result)


show(v(1) + v(2) * v(3))
show([v(1), v(2), v(3)])
show({v("a"): v(1), v("b"): v(2)})
show((lambda *a, **k: (a, k))(v(1), *[v(2)], v(3), k=v(4), **{"z": v(5)}))
d = {}
d[v("key")] = v("value")
show(d)


def get(d):
    print("target", end=" ")
    return d


get(d)[v("k2")] = v("v2")
show(d)
show(v(1) < v(2) < v(3))
show(v(3) < v(2) < v(1))
show(v(0) and v(1))
show(v(0) or v(2))
show(v(1) if v(0) else v(2))
a, b = v(1), v(2)
show((a, b))
x = [0, 0]
i = 0
i, x[i] = 1, 9
show((i, x))
l = [1, 2, 3]
l[v(0)], l[v(1)] = l[v(1)], l[v(0)]
show(l)
l[v(0)] += v(10)
show(l)


class A:
    def __getattr__(self, n):
        print("attr", n, end=" ")
        return v


show(A().f(v(1)))
show(f"{v(1)}{v(2):>{v(3)}}")
del l[v(0)]
show(l)
show([v(y) for y in (v(1), v(2)) if v(y)])
assert v(1), v(2)
print()
