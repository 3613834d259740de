import random
import zlib

random.seed(3)
words = [b"alpha", b"beta", b"gamma", b"delta", b"\n", b" ", b"0123", b"epsilon"]
text = b"".join(random.choice(words) for _ in range(40_000))
noise = random.randbytes(100_000)
packed = [zlib.compress(text, level) for level in (1, 6, 9)]


def compress_fast():
    return zlib.compress(text, 1)


def compress():
    return zlib.compress(text)


def compress_best():
    return zlib.compress(text, 9)


def compress_noise():
    return zlib.compress(noise)


def decompress():
    return [zlib.decompress(p) for p in packed]


def in_pieces():
    c, d = zlib.compressobj(6, wbits=31), zlib.decompressobj(31)
    out = b""
    for start in range(0, len(text), 4096):
        out += d.decompress(c.compress(text[start : start + 4096]))
    return out + d.decompress(c.flush()) + d.flush()


def small():
    for _ in range(30):
        zlib.decompress(zlib.compress(b"a short message, a short message"))


def checksums():
    return zlib.crc32(text), zlib.adler32(text), zlib.crc32(noise), zlib.adler32(noise)
