z = 3 + 4j
print(z, abs(z), z.real, z.imag, z.conjugate(), -z, z * z, z / 2, z ** 2, z == 3 + 4j, z + 1, 1 - z, z * 1.5)
print(1j, -1j, complex(0, -0.0), complex(-0.0, 1), complex("1-2j"), complex("j"), complex(" ( 1+1j ) ".strip().strip("()").strip()), 1j ** 2)
print(repr(1e20 + 1e-7j), f"{z:.2f} {z:>12} {z:,.1f}", hash(1 + 0j) == hash(1), bool(0j))
for f in (lambda: z < z, lambda: z // 1, lambda: z % 1, lambda: int(z), lambda: float(z), lambda: complex("1 + 2j"), lambda: z / 0):
    try:
        f()
    except (TypeError, ValueError, ZeroDivisionError) as e:
        print(type(e).__name__, e)
print(complex(1.5), complex(), complex("inf"), complex(float("nan"), 1), (1 + 2j) * (3 - 1j), (1 + 1j) ** -1)
import cmath
print(cmath.sqrt(-1), cmath.phase(1j) > 1.57, cmath.polar(1)[0])
