"""zlib and bz2: dictionaries, framings, reading piece by piece, and what is said of what is wrong."""

import bz2
import gzip
import os
import tarfile
import tempfile
import zlib

text = b"".join(b"line %d of the text\n" % n for n in range(2000))


def refused(f):
    try:
        f()
        print("accepted")
    except Exception as e:
        print(type(e).__name__, e)


for wbits in 15, 9, -15, -9, 31, 25:
    for level in -1, 0, 1, 6, 9:
        c = zlib.compressobj(level, zlib.DEFLATED, wbits)
        packed = b"".join([c.compress(text[:7000]), c.flush(zlib.Z_SYNC_FLUSH), c.compress(text[7000:]), c.flush()])
        assert zlib.decompress(packed, wbits) == text, (wbits, level)
print(zlib.decompress(gzip.compress(text), 47) == text, zlib.decompress(zlib.compress(text), 32) == text)
for strategy in zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE, zlib.Z_FIXED:
    c = zlib.compressobj(strategy=strategy, memLevel=9)
    assert zlib.decompress(c.compress(text) + c.flush()) == text

# Dictionaries.
for wbits in 15, -15:
    c = zlib.compressobj(wbits=wbits, zdict=b"line of the text")
    packed = c.compress(text) + c.flush()
    d = zlib.decompressobj(wbits=wbits, zdict=b"line of the text")
    print(d.decompress(packed + b"rest") == text, d.eof, d.unused_data)
c = zlib.compressobj(zdict=b"line")
packed = c.compress(b"line") + c.flush()
refused(lambda: zlib.decompress(packed))
refused(lambda: zlib.decompressobj(zdict=b"other").decompress(packed))

# Piece by piece.
packed = zlib.compress(text)
d = zlib.decompressobj()
first = d.decompress(packed, 100)
print(len(first), len(d.unconsumed_tail) > 0, d.decompress(d.unconsumed_tail) == text[100:], d.eof)
for make, packed in (zlib._ZlibDecompressor, packed), (bz2.BZ2Decompressor, bz2.compress(text)):
    d = make()
    print(d.needs_input, d.eof, d.unused_data)
    out = d.decompress(packed[:-20], 50)
    print(len(out), d.needs_input)
    out += d.decompress(b"", 0)
    out += d.decompress(packed[-20:] + b"tail", 100)
    while not d.eof:
        out += d.decompress(b"", 5000)
    print(out == text, d.needs_input, d.unused_data)
    refused(lambda: d.decompress(b""))

for f in (
    lambda: zlib.decompress(b"abc"),
    lambda: zlib.decompress(zlib.compress(text)[:-5]),
    lambda: zlib.decompress(zlib.compress(text)[:-1] + b"\0"),
    lambda: zlib.decompress(b""),
    lambda: zlib.decompressobj(31).decompress(b"x" * 20),
    lambda: zlib.compressobj(10),
    lambda: zlib.compressobj(1, zlib.DEFLATED, 0),
    lambda: zlib.decompressobj(-1),
    lambda: zlib.compress(b"", 99),
    lambda: zlib.decompressobj().decompress(b"", -1),
    lambda: bz2.decompress(b"BZh9xxxxxxxxx"),
    lambda: bz2.decompress(bz2.compress(text)[:-1]),
    lambda: bz2.BZ2Compressor(0),
):
    refused(f)

c = bz2.BZ2Compressor(1)
whole = c.compress(text) + c.flush()
refused(c.flush)
refused(lambda: c.compress(b""))
print(whole[:4], len(whole) < len(text) // 5, bz2.decompress(whole + bz2.compress(b"more")) == text + b"more")
with tempfile.TemporaryDirectory() as place:
    path = os.path.join(place, "x.bz2")
    with bz2.open(path, "wt") as f:
        f.write("abc\n" * 1000)
    with bz2.open(path, "rt") as f:
        print(f.readline(), len(f.read()))
    archive = os.path.join(place, "x.tar.bz2")
    with tarfile.open(archive, "w:bz2") as t:
        t.add(path, "name")
    with tarfile.open(archive) as t:
        print(t.getnames())
