"""What native modules do in short ways must be what the long ways do."""
import csv
import heapq
import io
import json
import struct
from decimal import Decimal

# heaps and sorting of tuples: equal items first, then those that decide
nan = float("nan")
heap = []
for x in [(2.5, "b"), (2.5, "a"), (1, "z"), (True, "y"), (2.5, "a", 0), (nan, 0), (nan, -1)]:
    heapq.heappush(heap, x)
print([heapq.heappop(heap) for _ in range(len(heap))])


class Odd:
    def __init__(self, n):
        self.n = n

    def __eq__(self, other):
        return False

    def __lt__(self, other):
        return "yes" if self.n < other.n else ""

    def __repr__(self):
        return f"Odd({self.n})"


heap = [(1, Odd(n)) for n in (5, 3, 4, 1, 2)]
heapq.heapify(heap)
print([heapq.heappop(heap)[1].n for _ in range(5)], sorted([(0, Odd(2)), (0, Odd(1))]))
try:
    heapq.heapify([(1, "a"), (1, 2)])
except TypeError as e:
    print(e)
for a, b in [((1, 2), (1, 2, 3)), ((nan,), (nan,)), (((),), ((),)), (([],), ([1],)), (("é",), ("f",)), (("a",), ("ab",))]:
    print(a < b, a <= b, a == b, a != b, a > b, a >= b)
deep = ()
for _ in range(100_000):
    deep = (deep,)
other = ()
for _ in range(100_000):
    other = (other,)
try:
    max([deep, other])
    sorted([deep, other])
except RecursionError as e:
    print("RecursionError")

# struct: arguments come one by one
print("..." in str(struct.pack.__text_signature__), "..." in str(struct.Struct.pack_into.__text_signature__))
for call in [
    lambda: struct.pack("<i", a=1),
    lambda: struct.pack("<i"),
    lambda: struct.Struct("ii").pack(1),
    lambda: struct.pack("<b", 200),
    lambda: struct.pack("<Q", -1),
    lambda: struct.pack("<Q", 2**64),
    lambda: struct.pack("<q", 2**63),
    lambda: struct.pack("<H", 65536),
    lambda: struct.pack("<H", 1.0),
    lambda: struct.pack("<e", 1e6),
    lambda: struct.pack("4s", "x"),
    lambda: struct.pack_into("<i", bytearray(2), 0, 1),
    lambda: struct.Struct("<i").pack_into(bytearray(4), 0),
]:
    try:
        print(call())
    except (struct.error, TypeError, OverflowError) as e:
        print(type(e).__name__, e)
values = [-1, 2**15 - 1, -(2**31), 2**63 - 1, 255, 65535, 2**32 - 1, 2**64 - 1, True]
for order in "<>=!":
    packed = struct.pack(order + "bhiqBHIQ?", *values)
    print(packed.hex(), struct.unpack(order + "bhiqBHIQ?", packed) == tuple(values))
    print(struct.pack(order + "efd", 1.5, -2.25, 1e300).hex(), struct.unpack(order + "efd", struct.pack(order + "efd", 1.5, -2.25, 1e300)))
print(struct.pack("0s5s3p2xc", b"", b"ab", b"abcdef", b"z"), struct.unpack("0s5s3p2xc", b"ab\0\0\0\2ab\0\0z"))


class Index:
    def __index__(self):
        return 258


print(struct.pack(">H", Index()), struct.pack("500B", *range(250), *range(250)) == bytes([*range(250)] * 2))
print(*(struct.pack(">3h", *[1, 2, 3]), struct.pack(*[">h", 4])))

# json: indentation, order of keys, circles
data = {"b": [1, {"x": [], "a": {}}], "a": "é\x01\U0001f600\u2028", "": None}
print(json.dumps(data, indent=2, sort_keys=True))
print(json.dumps(data, indent="é", ensure_ascii=False, sort_keys=True))
print(json.dumps(data, indent=0), json.dumps({"a": 1}, indent=""))


class Key(str):
    def __lt__(self, other):
        return str.__gt__(self, other)


print(json.dumps({Key("a"): 1, Key("b"): 2, Key("c"): 3}, sort_keys=True), json.dumps({3: 1, 1: 2, 2.5: 3}, sort_keys=True))
try:
    json.dumps({"a": 1, 2: 3}, sort_keys=True)
except TypeError as e:
    print(e)
circle = [1]
circle.append({"x": circle})
shared = [0]
print(json.dumps([shared, shared, {"a": shared}]))
for options in {}, {"check_circular": False}:
    try:
        json.dumps(circle, **options)
    except (ValueError, RecursionError) as e:
        print(type(e).__name__, e if isinstance(e, ValueError) else "")
try:
    json.dumps(1j, default=lambda o: [o])
except ValueError as e:
    print(e)

# csv
text = 'a,b,"c ""q"" d",\r\n"two\nlines",é,"x",ї\r\n\r\n  lead, "s p",tail  \r\nlast'
for options in {}, {"skipinitialspace": True}, {"quoting": csv.QUOTE_NONE, "escapechar": "\\"}, {"delimiter": "b"}:
    print(list(csv.reader(io.StringIO(text, newline=""), **options)))
print(list(csv.reader(["1,'2,3','x\\'y'", "4.5,'a',1e3"], quoting=csv.QUOTE_NONNUMERIC, quotechar="'", escapechar="\\")))
for quoting in csv.QUOTE_NONNUMERIC, csv.QUOTE_STRINGS, csv.QUOTE_NOTNULL:
    for line in ',3,"",', '" ", 1', 'a':
        try:
            print(list(csv.reader([line], quoting=quoting)))
        except ValueError as e:
            print(e)
for limit in 5, 6:
    old = csv.field_size_limit(limit)
    try:
        print(list(csv.reader(['abcde,"fghijk"', "abcdef"])))
    except csv.Error as e:
        print(e)
    csv.field_size_limit(old)
out = io.StringIO()
for options in {}, {"lineterminator": "!é"}, {"quoting": csv.QUOTE_ALL}, {"delimiter": " ", "skipinitialspace": True}, {"delimiter": "é"}:
    csv.writer(out, **options).writerows([["plain", "a!b", "é", "", 1, 2.5, None], ['q"', "a,b", "x\ny", " ", "ї"], [""]])
print(out.getvalue())
out = io.StringIO()
csv.writer(out, quoting=csv.QUOTE_NONNUMERIC).writerow([1, 2.5, True, "s", None, 3 + 0j])
print(out.getvalue())

# StringIO
s = io.StringIO("abc\ndéf\nї🙂\n")
print(list(s), s.tell(), s.seek(2), s.write("X🙂"), s.read(), s.seek(40), s.write("é"), ascii(s.getvalue()))
long = io.StringIO("x" * 100 + "\n" + "y" * 15 + "\n" + "z" * 16)
print([len(line) for line in long], long.seek(0), len(long.readline(7)), len(long.readline()))
for newline in None, "", "\n", "\r", "\r\n":
    s = io.StringIO("a\r\nb\rc\nd", newline=newline)
    print(list(s), ascii(s.getvalue()), s.newlines)

# decimals as text
for d in map(Decimal, ["0", "-0.00", "1234567.891", "12E+5", "-1E-9", "0.000001", "1234567890123456789012345678901234567890", "NaN", "-Infinity", "0E+3"]):
    print(d, [format(d, f) for f in (",.2f", "015,.1f", "+e", ".3g", "^20", "x>+12,", "%", "z.1f", " .0f")])
print(format(Decimal("1234.5"), "*=+12,.2f"), format(Decimal("999"), "06,"), format(Decimal("9"), "05,"))

# pairs
print(dict([[1, 2], (3, 4), "ab", {5: 0, 6: 0}.keys()]), dict(zip("ab", [1, 2])))
for pairs in [(1, 2), (1,)], [(1, 2), (3, 4), "abc"], [[], (1, 2)]:
    try:
        dict(pairs)
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)


# numbers of all kinds, and records of one empty field
class Empty:
    def __str__(self):
        return ""


for quoting in range(6):
    for row in [Decimal("1.5"), 2j, Empty()], [""], [None], [Empty()], [], ["", ""]:
        out = io.StringIO()
        try:
            csv.writer(out, quoting=quoting, escapechar="\\").writerow(row)
        except csv.Error as e:
            print(quoting, e)
        else:
            print(quoting, ascii(out.getvalue()))
for newline in None, "":
    s = io.StringIO(newline=newline)
    for part in "a\r", "\nb", "\r\n\n", "c\r":
        s.write(part)
    print(ascii(s.getvalue()), s.newlines)

# what cannot be told apart
for options in [
    dict(delimiter="\x85", lineterminator="\x85"),
    dict(escapechar="!", lineterminator="a!"),
    dict(quotechar="!", lineterminator="!\n"),
    dict(delimiter="!", quotechar="!", lineterminator="!"),
]:
    try:
        csv.reader([], **options)
    except ValueError as e:
        print(e)
for quoting in range(6):
    for row in ["", ""], [None, "x"], [None]:
        out = io.StringIO()
        try:
            csv.writer(out, delimiter=" ", skipinitialspace=True, quoting=quoting, escapechar="\\").writerow(row)
        except csv.Error as e:
            print(quoting, e)
        else:
            print(quoting, ascii(out.getvalue()))
