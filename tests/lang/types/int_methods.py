print((255).bit_length(), (0).bit_length(), (-256).bit_length(), (255).bit_count(), (2**100).bit_count())
print((1000).to_bytes(2, "big"), (1000).to_bytes(4, "little"), (-2).to_bytes(2, "big", signed=True), (5).to_bytes())
print(int.from_bytes(b"\x03\xe8", "big"), int.from_bytes(b"\xff\xfe", "big", signed=True), int.from_bytes([1, 2], "little"))
for f in (lambda: (256).to_bytes(1, "big"), lambda: (-1).to_bytes(1, "big"), lambda: int("x"), lambda: int("12", 2),
          lambda: int("1", 1), lambda: int(""), lambda: int(None), lambda: int("1" * 5000), lambda: str(10**5000),
          lambda: int(float("nan")), lambda: int(float("inf")), lambda: int("1__2"), lambda: int("_1"), lambda: int([], 5),
          lambda: int(1.5, 2)):
    try:
        f()
    except (ValueError, TypeError, OverflowError) as e:
        print(type(e).__name__, e)
print((7).as_integer_ratio(), (3).conjugate(), (3).real, (3).imag, (3).numerator, (3).denominator, (3).is_integer())
print(int("ff", 16), int("0xFF", 16), int("0o17", 0), int("z", 36), int(" 42 "), int("-0b101", 0), int("٣"), int(b"12"))
print(round(15, -1), round(25, -1), round(-15, -1), round(1234567, -3), round(5), round(10**30 + 5, -1))
print(hash(2**61 - 1), hash(2**61), hash(-1), hash(-2), hash(2**100))
print(f"{1234567:,} {1234567:_} {255:x} {255:#X} {255:#b} {5:03d} {-5:+d} {5: d} {5:>5}|{5:<5}|{5:^5}|{-5:=5}| {3:e} {3:.2f} {65:c} {10**20:,}")
print(1_000, 0xFF_FF, 0b1_0, 0o7_7, 1e1_0)
print(bool(0), bool(-1), int(True), int(-3.99), int("-7"), repr(10**30))
import math
print(math.gcd(12, 18), math.lcm(4, 6), math.isqrt(10**20), math.factorial(20), math.comb(10, 3), math.perm(5, 2))
