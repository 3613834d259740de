b = b"Hello \x00\xff'\"\n"
print(b, repr(b), len(b), b[0], b[-1], b[1:4], b[::-1], list(b[:3]), b + b"x", b * 2 == b + b, b"l" in b, 72 in b)
print(b.hex(), b.hex(":"), b.hex("-", 2), bytes.fromhex("48 65 6c"), b.upper(), b.lower(), b"ab,c".split(b","), b",".join([b"a", b"b"]), b.find(b"l"), b.find(108), b.count(b"l"), b.index(b"o"))
print(b"  a ".strip(), b"abc".replace(b"b", b"XX"), b"abc".startswith(b"ab"), b"a-b".partition(b"-"), b"abc".center(7, b"*"), b"7".zfill(3), b"a\nb\r\nc".splitlines(), b"abc".translate(bytes.maketrans(b"ab", b"xy"), b"c"), b"ab".isalpha(), b"12".isdigit(), b"Ab Cd".istitle())
print(b"%d %s %5.2f %x %c %b %r %a" % (1, b"s", 2.5, 255, 65, b"b", "é", "é"), b"x" == "x", b"a" < b"b", bytes([1, 2]), bytes(3), bytes("é", "utf-8"), bytes(b"x"), bytes(range(3)), hash(b"a") == hash(b"a"))
ba = bytearray(b"abc")
ba[0] = 122
ba.append(100)
ba.extend(b"ef")
ba[1:3] = b"XYZ"
print(ba, ba.pop(), ba.pop(0), len(ba), ba.find(b"Z"), ba == b"XYZde", repr(ba))
ba.insert(1, 33); ba.remove(33); ba.reverse(); del ba[0]; ba += b"!"; ba *= 2
print(ba, bytes(ba), ba.copy() is ba, ba.upper(), bytearray(2), bytearray("x", "ascii"))
ba.clear()
print(ba)
for f in (lambda: bytes([256]), lambda: bytes(-1), lambda: bytes("x"), lambda: b"a" + "a", lambda: b"a"[5], lambda: bytearray([1]).append(256), lambda: b"a".index(b"z"),
          lambda: bytes.fromhex("zz"), lambda: b"a".join(["x"]), lambda: "a" in b"a", lambda: 300 in b"a", lambda: bytearray().pop(), lambda: b"abc".replace("a", "b")):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
m = memoryview(bytearray(b"abcdef"))
print(m[0], m[1:3].tobytes(), len(m), m.tolist(), m.format, m.itemsize, m.nbytes, m.readonly, m.shape, m == b"abcdef", bytes(m[::2]), m.hex())
m[0] = 90
m[1:3] = b"__"
print(m.obj, memoryview(b"x").readonly)
try:
    memoryview(b"x")[0] = 1
except TypeError as e:
    print(e)
x = bytearray(b"q")
with memoryview(x) as v:
    try:
        x.append(1)
    except BufferError as e:
        print(e)
x.append(1)
print(x, m.cast("H").tolist() if m.nbytes % 2 == 0 else None)
