print(7.5 // 2, -7.5 // 2, 7.5 % 2, -7.5 % 2, 7.5 % -2, divmod(-7.5, 2), 2.0**0.5, (-8.0) ** 2, 1e308 * 10, -1e308 * 10)
print(0.0 == -0.0, str(-0.0), -0.0 % 5, 5.0 % 5, -5.0 % 5, 1.0 // 0.1, 0.3 - 0.1)
for f in (lambda: 1.0 / 0, lambda: 1.0 // 0.0, lambda: 1.0 % 0, lambda: 0.0**-1, lambda: 10.0**400, lambda: float("inf") // 1, lambda: divmod(1.0, 0)):
    try:
        print(f())
    except (ZeroDivisionError, OverflowError) as e:
        print(type(e).__name__, e)
print((-8) ** (1 / 3), (-1) ** 0.5)
print(round(0.5), round(1.5), round(2.675, 2), round(-1.25, 1), round(1e20), round(1.23456, 3), round(12345.678, -2), round(float("1e300"), 2))
for v in (float("nan"), float("inf")):
    try:
        round(v)
    except (ValueError, OverflowError) as e:
        print(type(e).__name__, e)
print(int(1e20), int(-2.9), float(2**70), 1.5 + 2, 2 - 0.5, 3 * 0.5, 10 / 4, True + 0.5)
print(hash(1.0), hash(0.5), hash(float("inf")), hash(-0.0), hash(1e20) == hash(10**20))
print(min(1.0, 1), max(1, 1.0), 1.0.__class__, (1.5).__floor__(), (1.5).__ceil__(), (-1.5).__trunc__(), (2.5).__round__())
import math
print(math.floor(-1.5), math.ceil(1.2), math.trunc(-1.7), math.fmod(-7, 3), math.fsum([0.1] * 10), math.hypot(3, 4), math.copysign(1, -0.0))
print(math.isclose(0.1 + 0.2, 0.3), math.isnan(math.nan), math.isinf(-math.inf), math.frexp(8.0), math.ldexp(0.5, 3), math.modf(1.5), math.log2(8), math.log(8, 2), math.log10(1000), math.sqrt(2), math.pi, math.tau, math.prod([1, 2, 3]), math.dist([0, 0], [3, 4]))
for f in (lambda: math.sqrt(-1), lambda: math.log(0), lambda: math.factorial(-1), lambda: math.exp(1000), lambda: math.acos(2)):
    try:
        f()
    except (ValueError, OverflowError) as e:
        print(type(e).__name__)
