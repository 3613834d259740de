"""Writes tests/data/numbers.txt: CPython's answers on numbers. `python3.13 tools/gen_number_cases.py`."""
import random, math
random.seed(3)
rows = []
def do(f):
    try: return f()
    except (ValueError, OverflowError, ZeroDivisionError, TypeError) as e: return "!" + str(e)
floats = [0.0, -0.0, 1.0, 1.5, -2.5, 1e16, 1e15, 9999999999999998.0, 1e-4, 1e-5, 123456.789, 5e-324, 1.7976931348623157e308, math.inf, -math.inf, math.nan,
          0.1, 1/3, 2.675, 1e22, 1e23, 0.5, 1000000.0, 123456789012.5, -0.0001, 4.35, 45.0, 55.0, 250.0, 1e300]
floats += [random.uniform(-1, 1) * 10 ** random.randint(-20, 20) for _ in range(25)]
for x in floats:
    rows.append(("frepr", x.hex(), repr(x)))
    for n in (0, 1, 2, 5, -1, -2, 17, -16):
        rows.append(("fround", x.hex() + "," + str(n), do(lambda: round(x, n).hex())))
    if x == x: rows.append(("fhash", x.hex(), str(hash(x))))
    rows.append(("fratio", x.hex(), do(lambda: "%d/%d" % x.as_integer_ratio())))
    y = random.choice(floats)
    rows.append(("fdivmod", x.hex() + "," + y.hex(), do(lambda: "%s %s" % tuple(z.hex() for z in divmod(x, y))).replace("float divmod()", "division by zero").replace("float floor division by zero", "division by zero")))
    for s in ["", "e", ".3f", "g", "G", ".0e", "+.2f", " ", "010.3f", ",.2f", "_", "^12", "*>10.2", "z.0f", "%", ".1%", "#g", "#.0f", "<20e", "=+12", "020,.3f", "n", ".20", "10.4g", "d", "x^z+10.2f", ".3", "08", "#.3g", "E"]:
        if random.random() < .35: rows.append(("ffmt", x.hex() + "," + s.replace(",", ";"), do(lambda: format(x, s))))
for s in ["0x1p3", "0x1.8p-1", "inf", "-nan", "0x1.fffffffffffff8p1023", "0x1p1024", "0x1p-1075", "0x1.8p-1075", "0x.8p-1074", "1.1", "abc", "0x", "0x1p", " 0x1 ", "0x123456789abcdef123p4", "-0x0p0", "0x1.00000000000008p0", "0x1.000000000000081p0", "0x1.00000000000018p0"]:
    rows.append(("fromhex", s, do(lambda: float.fromhex(s).hex())))
for s in ["1", "1.", ".5", "1e5", "1_0.5_0e1_0", "1__0", "_1", "1_", "inf", "-Infinity", "nan", "+1e-400", "1e400", "0x1", "e5", "", ".", "1e", "infinit", "1_.5", "+-1"]:
    rows.append(("fparse", s, do(lambda: float(s).hex()) if not isinstance(do(lambda: float(s)), str) else "!"))
ints = [0, 1, -1, 7, -7, 2**31, -2**63, 2**63, 2**64 + 3, -2**64, 10**30, -10**30 + 7, 2**53 + 1, 2**1024, 12345678901234567890, 255, 1234567]
ints += [random.getrandbits(random.choice([8, 60, 64, 100, 300])) * random.choice([1, -1]) for _ in range(20)]
for a in ints:
    rows.append(("ihash", str(a), str(hash(a))))
    rows.append(("ifloat", str(a), do(lambda: float(a).hex())))
    rows.append(("ibits", str(a), "%d %d" % (a.bit_length(), a.bit_count())))
    rows.append(("isqrt", str(a), do(lambda: str(math.isqrt(a)))))
    for n in (1, 8, 40):
        for sg in (0, 1):
            rows.append(("ibytes", "%d,%d,%d" % (a, n, sg), do(lambda: a.to_bytes(n, "big", signed=bool(sg)).hex())))
    for b in random.sample(ints, 4):
        rows.append(("idivmod", "%d,%d" % (a, b), do(lambda: "%d %d" % divmod(a, b)).replace("integer division or modulo by zero", "division by zero")))
        rows.append(("ibit", "%d,%d" % (a, b), "%d %d %d" % (a & b, a | b, a ^ b)))
        rows.append(("igcd", "%d,%d" % (a, b), "%d %d" % (math.gcd(a, b), math.lcm(a, b))))
        rows.append(("itruediv", "%d,%d" % (a, b), do(lambda: (a / b).hex())))
        m = random.choice(ints)
        rows.append(("ipowmod", "%d,%d,%d" % (a, b, m), do(lambda: str(pow(a, b, m)))))
    for n in (0, 3, 64, 70): rows.append(("ishift", "%d,%d" % (a, n), "%d %d" % (a << n, a >> n)))
    for n in (1, 2, 5, 40): rows.append(("iround", "%d,%d" % (a, n), str(round(a, -n))))
    for s in ["", "d", "x", "#x", "#X", "b", "o", "#o", ",", "_x", "_b", "+", " d", "020", "^30", "*<30,", "=+30", "c", "n", ".2f", "020,", "#012x", "e", "s", ",x", ".3", "zd", "+c", "030_", "x>30_d", "_", "%"]:
        if random.random() < .35: rows.append(("ifmt", "%d,%s" % (a, s.replace(",", ";")), do(lambda: format(a, s))))
for a, s in [("abc", ">10"), ("abc", ".2"), ("abc", "*^9.2s"), ("abc", "+"), ("abc", "=5"), ("abc", "d"), ("abc", ","), ("abc", "#"), ("abc", "05"), ("abc", " "), ("abc", "z"), ("abc", "10q"), ("abc", "10qq"), ("abc", "99999999999999999999"), ("abc", "."), ("abc", ",_"), ("abc", "_,"), ("abc", "_"), ("abc", "0<6")]:
    rows.append(("sfmt", a + "," + s.replace(",", ";"), do(lambda: format(a, s))))
for z in [1+2j, -0.0+1j, 0j, complex(0, -1.5), complex(math.inf, math.nan), 1e20-3.25j]:
    rows.append(("crepr", z.real.hex() + "," + z.imag.hex(), repr(z)))
    for s in ["", ".2f", ">20", "e", "+.3g", "05", "=9", ",", "d", "_^30.1f", "#.3"]:
        rows.append(("cfmt", z.real.hex() + "," + z.imag.hex() + "," + s.replace(",", ";"), do(lambda: format(z, s))))
for t, b in [("12", 10), ("-0x1f", 16), ("0x1f", 0), ("0b1_01", 0), ("0o17", 8), ("017", 0), ("0_0", 0), ("00", 0), ("1_000", 10), ("1__0", 10), ("_1", 10), ("1_", 10), ("zz", 36), ("9", 8), ("", 10), ("+", 10), ("0x", 16), ("0x_1", 0), ("0x_1", 16), ("0b1", 16), ("1"*30, 10), ("f"*30, 16), ("5", 1), ("5", 37), ("0", 0), ("-0", 0), ("0x", 0), ("0b", 0), ("0_x1", 0), ("+0xA", 0), ("1"*5000, 10)]:
    r = do(lambda: str(int(t, b)))
    if r.startswith("!invalid"): r = r.split(": ")[0]
    rows.append(("iparse", "%s,%d" % (t, b), r))
class M(dict): pass
for f, v in [("%d", 5), ("%5d|", -5), ("%-5d|", 5), ("%05d", -5), ("%+d", 5), ("% d", 5), ("%x", 255), ("%#X", 255), ("%#o", 8), ("%.4d", 7), ("%8.4d", -7), ("%08.4d", -7), ("%#08x", 255), ("%-08x|", 255), ("%5%", 1), ("%y", 1), ("%", 1), ("%ld", 3), ("%i%%", 3), ("%5.1", 1), ("%u", 9)]:
    rows.append(("pint", "%s,%d" % (f, v), do(lambda: f % v)))
for f, v in [("%f", 1.5), ("%10.2f", -1.5), ("%-10.2e|", 1.5), ("%010g", -1e20), ("%+.0f", 2.5), ("%#.0f", 2.5), ("%G", 1e-10), ("% F", math.inf), ("%05f", math.nan), ("%.3g", 0.0001)]:
    rows.append(("pfloat", "%s,%s" % (f, v.hex()), do(lambda: f % v)))
with open("tests/data/numbers.txt", "w") as f:
    for r in rows: f.write("\t".join(r) + "\n")
