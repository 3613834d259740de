print("{} {} {}".format(1, 2, 3), "{1} {0}".format("a", "b"), "{a} {b}".format(a=1, b=2), "{0.real} {0.imag}".format(5), "{0[1]} {1[k]}".format([1, 2], {"k": "v"}))
print("{:>5}|{:<5}|{:^5}|{:*^7}|{:05d}".format("a", "b", "c", "d", 42), "{!r} {!s} {!a}".format("é", "é", "é"), "{{}} {}".format(1))
print("{:{}}|{:{w}.{p}f}".format("a", ">4", 3.14159, w=8, p=2), "{0:{1}{2}}".format("x", "^", 5))
print(f"{1+1} {'a'!r} {3.14159:.2f} {10:>{5}} {{}} {'nested ' + f'{1}'}", f"{'q': >3}|", f"{5=} {5 = } {'a'=!s} {1.5=:.3f}")
x = 5
print(f"{x!r:>4}|{x:#x}|{x:{'0'}>3}|{(lambda y: y * 2)(x)}|{x if x else 0}|{[i for i in range(3)]}|{ {'a': 1}['a'] }|{x:=^7}")
print(f'''multi {
    x
    + 1
} line''', f"{x:%}", f"{'a' 'b'}", rf"\n{x}", f"\N{BULLET}{x}", f"{'\n'}".strip() == "", f"{"same quotes"}")
class F:
    def __format__(self, spec): return f"<{spec}>"
    def __str__(self): return "str"
    def __repr__(self): return "repr"
print(f"{F()} {F():a b} {F()!s} {F()!r:>6} {F():{x}}", "{:%Y-%m}".format(F()), format(F(), "z"))
print("a{}b{}".format(*"12"), "{a[0]}{a[1]}".format(a="xy"), "{:,}".format(1234567), "{:.3}".format("abcdef"), "{:10.3}|".format("abcdef"), "{:<04}".format(5))
for f in (lambda: "{} {0}".format(1), lambda: "{} {}".format(1), lambda: "{x}".format(), lambda: "{!z}".format(1), lambda: "{:d}".format("a"), lambda: "{:s}".format(1),
          lambda: "{".format(1), lambda: "{0[}".format([1]), lambda: "{:.2d}".format(1), lambda: "{:,s}".format("a"), lambda: f"{1:5.}", lambda: "{:c}".format(-1), lambda: "{0.nope}".format(1), lambda: "{:=5}".format("a")):
    try:
        f()
    except Exception as e:
        print(type(e).__name__, e)
print(format(1.5), format(True), format(True, "d"), format(None), f"{None!s:>6}", f"{True:5}|", f"{3:5}|{'3':5}|")
print("{:a<5}{:b>5}{:c^5}".format(1, 2, 3), "{:+}{: }{:-}".format(1, 2, 3), "{:08.3f}".format(-3.14159), "{:#o} {:#b}".format(8, 5))
d = {"a": 1}
print("%(a)d %%" % d, "{a}".format_map(d))
import string
print(string.Template("$a ${b} $$").substitute(a=1, b=2), string.ascii_lowercase[:3], string.capwords("ab cd"))
