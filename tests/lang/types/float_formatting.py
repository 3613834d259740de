for x in (0.0, -0.0, 1.0, 0.1, 1e16, 1e15, 123456789012345680.0, 1e22, 1e23, 1.5e-5, 0.0001, 1e-4, 1e-5, 1.7976931348623157e308, 5e-324,
          float("inf"), float("-inf"), float("nan"), 1 / 3, 2 / 3, 100.0, 1e100, 3.14159, 2**53 + 0.0, 0.1 + 0.2):
    print(repr(x), str(x), format(x, ".3f"), format(x, ".3e"), format(x, "g"), format(x, ".3"), "%r %.2f %g %e" % (x, x, x, x))
x = 1234567.891
print(f"{x:,.2f} {x:_.1f} {x:010.1f} {x:+.1f} {x: .1f} {x:>15.2f}| {x:<15.2f}| {x:^15.2f}| {x:.0f} {x:#.0f} {x:%} {x:.1%} {x:E} {x:G} {x:n}")
print(f"{0.5:.0f} {1.5:.0f} {2.5:.0f} {0.125:.2f} {0.375:.2f} {1e300:.1f}"[:60])
print(f"{float('nan'):5} {float('inf'):+} {float('-inf'):08.2f}")
print((0.5).hex(), (1e-300).hex(), float.fromhex("0x1.8p3"), float.fromhex("-0x.8p0"), (0.0).hex(), float("inf").hex())
print((0.75).as_integer_ratio(), (2.0).is_integer(), (2.5).is_integer(), (-2.5).conjugate())
for s in ("1e400", "-1e400", "1e-400", " 1.5 ", "1_0.5", ".5", "5.", "1e5", "INF", "nan", "+1.5", "Infinity"):
    print(s, float(s))
for s in ("", "1.5.2", "abc", "1e", "0x10", "1__0", "."):
    try:
        float(s)
    except ValueError as e:
        print(e)
