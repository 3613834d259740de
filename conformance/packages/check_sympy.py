from sympy import Eq, Matrix, Rational, diff, expand, factor, integrate, limit, oo, simplify, sin, cos, solve, sqrt, symbols, series, latex

x, y = symbols("x y")
print(simplify(sin(x) ** 2 + cos(x) ** 2), expand((x + y) ** 3), factor(x ** 3 - y ** 3))
print(diff(sin(x) * x ** 2, x), integrate(x * cos(x), x), limit(sin(x) / x, x, 0), series(cos(x), x, 0, 6))
print(solve(Eq(x ** 2 - 2, 0), x), Matrix([[1, 2], [3, 4]]).inv(), Rational(1, 3) + Rational(1, 6), sqrt(8))
print(latex(integrate(1 / (1 + x ** 2), (x, 0, oo))), solve([x + y - 3, x - y - 1], [x, y]))
