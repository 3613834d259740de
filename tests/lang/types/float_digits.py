"""Digits of floats in all forms: what is written by integers is what exact arithmetic says."""
import hashlib
from collections import deque
from fractions import Fraction

for x in 0.0, -0.0, 0.5, 1.5, 2.5, 0.125, 0.375, 1e22, 1e23, 123456789.987654321, 5e-324, 1.7976931348623157e308, 0.05, 9.995, 999999.5, 0.000123456:
    print(x, f"{x:.0f} {x:.1f} {x:.2f} {x:.3e} {x:g} {x:.3g} {x:#.4g} {x:%} {x:.0e} {x:012.3f} {x:+,.2f}", [round(x, n) for n in (0, 1, 2, 5, 20)])

seed = 1


def number():
    global seed
    seed = seed * 6364136223846793005 + 1 & 2**64 - 1
    n = seed >> 11
    kind = n % 5
    if kind == 0:
        return n / 1024
    if kind == 1:
        return n % 100_000 / 1000
    if kind == 2:
        return n % 1000 / 8
    if kind == 3:
        return n * 10.0 ** (n % 40 - 20)
    return n * 2.0 ** -(n % 1100)


text = hashlib.sha256()
for _ in range(3000):
    x = number()
    for precision in 0, 1, 2, 3, 6, 10, 15, 17, 21, 22, 23:
        text.update(f"{x:.{precision}f} {x:.{precision}e} {x:.{precision}g} {round(x, precision)!r}\n".encode())
print(text.hexdigest())
for _ in range(300):
    x = number()
    for n in range(12):
        exact = Fraction(x)
        assert Fraction(f"{x:.{n}f}") == round(exact, n), (x, n)
        assert round(x, n) == float(round(exact, n)), (x, n)

# parts
print("a b\tc\n d".split(), " ".join("x" * 30).split() == ["x"] * 30, "a,b,,c".split(","), ("," * 20).split(","), "".split(), "".split(","))
print("abcabc".replace("b", ""), "abc".replace("x", "y"), "abc".replace("", "-"), "aaaa".replace("aa", "b", 1), "éaé".replace("a", "ї"), "éaé".replace("b", "ї"))
same = "unchanged"
print(same.replace("q", "z") is same, b"abc".replace(b"q", b"z"), b"abcabc".replace(b"bc", b"x", 1))
d = deque("abc", 2)
print("-".join(d), list(d), tuple(d), sorted(d, reverse=True), list(deque()))


class Other(deque):
    def __iter__(self):
        return iter("xyz")


print("-".join(Other("abc")), list(Other("abc")))
