print([x for x in range(5) if x % 2], {x: x * x for x in range(3)}, {x % 3 for x in range(9)} == {0, 1, 2})
print([(x, y) for x in range(3) for y in range(x)])
print([[y for y in range(x)] for x in range(3)])
x = "outer"
[x for x in range(3)]
print(x)
print([y := 5, y + 1], y)


def f():
    found = [last := i for i in range(4)]
    return last, found


print(f())


class C:
    n = 3
    items = [n for n in range(n)]
    print(items)
    try:
        bad = [n + k for k in range(2)]
        print(bad)
    except NameError as e:
        print(e)


print([lambda: i for i in range(2)][0]())
print(list((a, b) for a in "xy" for b in [1, 2] if (a, b) != ("x", 2)))
print({k: v for k, v in zip("abc", range(3)) if v})
g = (print("run", i) or i for i in [1, 2])
print("lazy")
print(list(g))
print([i for i in range(10) if i > 2 if i % 2 == 0])
print([*(a for a in "ab"), *[c for c in "c"]])
try:
    [z for z in undefined_name]
except NameError as e:
    print(e)
def locals_in():
    a = 1
    return [sorted(locals()) for b in range(1)]
print(locals_in())
