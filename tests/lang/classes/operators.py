class N:
    def __init__(self, v): self.v = v
    def __repr__(self): return f"N({self.v})"


for name in "add sub mul truediv floordiv mod pow matmul lshift rshift and or xor".split():
    def op(self, other, name=name):
        return f"{name}({self}, {other})"

    def rop(self, other, name=name):
        return f"r{name}({self}, {other})"

    def iop(self, other, name=name):
        return f"i{name}({self}, {other})"
    setattr(N, f"__{name}__", op)
    setattr(N, f"__r{name}__", rop)
    setattr(N, f"__i{name}__", iop)
a, b = N(1), N(2)
print(a + b, a + 1, 1 + a, a - b, 2 * a, a / b, a // b, a % b, a ** b, 2 ** a, a @ b, [] @ a)
print(a << b, 1 >> a, a & b, a | b, a ^ 1)
c = a
c += 1
print(c)
c = a
c **= 2
print(c)
c = a
c @= 2
print(c)
c = a
c >>= 1
print(c)


class U:
    def __neg__(self): return "neg"
    def __pos__(self): return "pos"
    def __invert__(self): return "inv"
    def __abs__(self): return "abs"
    def __bool__(self): return False
    def __len__(self): return 7
    def __int__(self): return 3
    def __float__(self): return 2.5
    def __index__(self): return 4
    def __complex__(self): return 1j
    def __round__(self, n=None): return ("round", n)
    def __trunc__(self): return 8
    def __hash__(self): return 123
    def __call__(self, *a): return a
    def __contains__(self, x): return x == 1
    def __getitem__(self, k): return k
    def __format__(self, spec): return "<" + spec + ">"
    def __str__(self): return "str"
    def __bytes__(self): return b"by"


u = U()
print(-u, +u, ~u, abs(u), bool(u), len(u), int(u), float(u), complex(u), round(u), round(u, 2))
print(hash(u), u(1, 2), 1 in u, 2 in u, u[1], u[1:2], u[1, ::2], f"{u:abc}", str(u), bytes(u), [10, 20, 30, 40, 50][u])
print("%d %x %s" % (u, u, u), hex(u), range(u), "a" * u)
import operator
print(operator.index(u))


class Bad:
    def __bool__(self): return 1
    def __len__(self): return -1
    def __hash__(self): return "x"
    def __index__(self): return 1.5
    def __str__(self): return 1
    def __repr__(self): return None
    def __int__(self): return "1"
    def __iter__(self): return 5
    def __contains__(self, x): return "truthy"


bad = Bad()
for f in (bool, len, hash, operator.index, str, repr, int, iter, hex):
    try:
        print(f(bad))
    except (TypeError, ValueError) as e:
        print(f.__name__, type(e).__name__)
print(1 in bad)
