from numbers import Number, Integral, Real, Complex, Rational
print(isinstance(1, Integral), isinstance(1.5, Real), isinstance(1j, Complex), isinstance(True, Integral), isinstance("a", Number))
from fractions import Fraction
print(Fraction(1, 3) + Fraction(1, 6), Fraction("0.25"), Fraction(0.5), float(Fraction(1, 4)), Fraction(7, 2) // 1, round(Fraction(7, 2)), Fraction(1, 2) == 0.5, hash(Fraction(1, 2)) == hash(0.5), 1 + Fraction(1, 2), Fraction(1, 2) ** 2)
from decimal import Decimal, getcontext
print(Decimal("0.1") + Decimal("0.2"), Decimal(1) / Decimal(3), Decimal("1.10").normalize(), Decimal("1E+3"), Decimal("2.5").quantize(Decimal("1")), Decimal("NaN").is_nan(), Decimal(5) == 5, hash(Decimal(5)) == hash(5))
import statistics
print(statistics.mean([1, 2, 3, 4]), statistics.median([3, 1, 2]), statistics.pstdev([1, 2, 3, 4]))
