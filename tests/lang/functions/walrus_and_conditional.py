if (n := 10) > 5:
    print(n)
while (k := n - 7) > 0:
    print(k)
    n -= 1
print([y := 1, y ** 2])
print((a := 1, b := a + 1), a, b)
print("yes" if 0 else "no" if 0 else "maybe")
print(1 < 2 < 3, 1 < 3 < 2, 1 == n is not None)
print(not 1 == 2, not (1 and 0), 1 and [] or "x")
for i in range(5):
    if i == 3:
        break
else:
    print("not reached")
for i in range(2):
    continue
else:
    print("for else")
while i:
    i -= 1
else:
    print("while else")
x = 5
x += 1; x *= 2; x -= 1; x //= 2; x **= 2; x %= 7; x <<= 3; x >>= 1; x |= 1; x &= 0xF; x ^= 2
print(x)
y = 7
y /= 2
print(y)
a = b = c = []
a.append(1)
print(c)
(d) = 1
[e, f] = 2, 3
print(d, e, f)
print(1 if True else 1 / 0)
pass
...
print(... is Ellipsis, NotImplemented)
