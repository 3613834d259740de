# Which method is asked first.
class A:
    def __add__(self, o):
        print("A.add", end=" ")
        return NotImplemented

    def __radd__(self, o):
        print("A.radd", end=" ")
        return "A.radd"

    def __eq__(self, o):
        print("A.eq", end=" ")
        return NotImplemented

    def __lt__(self, o):
        print("A.lt", end=" ")
        return NotImplemented

    def __gt__(self, o):
        print("A.gt", end=" ")
        return "gt"


class B(A):
    def __radd__(self, o):
        print("B.radd", end=" ")
        return "B.radd"

    def __eq__(self, o):
        print("B.eq", end=" ")
        return NotImplemented


class C(A): pass


class Other: pass


print(A() + B())
print(A() + C())
print(Other() + A())
try:
    A() + A()
except TypeError as e:
    print(e)
try:
    A() + 1
except TypeError as e:
    print(e)
print(A() == B())
print(A() == 1)
a = A()
print(a == a, a != a)
print(A() < A())
try:
    A() <= A()
except TypeError as e:
    print(e)
for code in ("1 + 'a'", "'a' + 1", "[] + ()", "1 < 'a'", "None < None", "{} + {}", "-'a'", "~1.5", "'a' * 'b'",
             "1 @ 2", "1 << 'a'", "5 in 5", "'a' in 5", "1 in 'a'", "2 ** 'a'", "divmod(1, 'a')", "[] * 1.5", "b'' + ''",
             "1[0]", "1[0:1]", "len[0]", "{}[[]]", "{1}[0]", "x = 1; x.y = 2",
             "x = 1; x[0] = 1", "x = 1; del x[0]", "x = (1,); x[0] = 1", "x = 'a'; x[0] = 'b'", "x = 'a'; x += 1",
             "x = []; x += 1", "not_defined", "for i in 5: pass", "with 5: pass", "raise 5", "raise int", "import nope_nope",
             "1 if [] < {} else 2", "abs('a')", "round('a')", "hash([])", "hash({})", "{[]: 1}",
             "set([[]])", "iter(5)", "next([])", "reversed({1})", "float('x')", "int('x')", "int('1', 99)", "chr(-1)",
             "ord('ab')", "complex('x')", "bytes('a')", "bytes([256])", "range(1.5)", "range(1, 2, 0)", "slice()", "'{}'.format()", "'{a}'.format()", "'{0.x}'.format(1)",
             "format(1, 'q')", "format('a', 'd')", "format([], 'd')", "f'{1:>q}'", "'a'.join([1])", "'a'.encode('nope')"):
    try:
        exec(code)
    except Exception as e:
        print(f"{code}: {type(e).__name__}: {e}")
