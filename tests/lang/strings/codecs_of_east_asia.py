"""The codecs of several bytes a character: whole tables by checksums, faults, one byte after another, streams; and UTF-7."""

import codecs
import io
import zlib

PLAIN = "gb2312 gbk gb18030 big5 cp950 big5hkscs euc_jp shift_jis cp932 euc_kr cp949"
SHIFTING = "hz iso2022_kr iso2022_jp iso2022_jp_1 iso2022_jp_2 iso2022_jp_ext"
EVERY = "".join(map(chr, [*range(0x80, 0x3400, 3), *range(0x3400, 0xD800, 7), *range(0xE000, 0x10000, 3), 0x20021, 0x2A6B2]))
EVERY = EVERY.replace("\u3164", "")  # Its code is how others begin.

for name in PLAIN.split():
    pairs = b"".join(bytes([a, b, 10]) for a in range(0x80, 0x100) for b in range(0x20, 0x100))
    text = pairs.decode(name, "ignore")
    data = EVERY.encode(name, "ignore")
    print(name, len(text), zlib.crc32(text.encode()), len(data), zlib.crc32(data))
    assert data.decode(name).encode(name) == data

for name in SHIFTING.split():
    data = EVERY.encode(name, "ignore")
    print(name, len(data), zlib.crc32(data), zlib.crc32(data.decode(name).encode()))

three = b"".join(bytes([0x8F, a, b, 10]) for a in range(0xA0, 0x100) for b in range(0xA0, 0x100))
print(zlib.crc32(three.decode("euc_jp", "ignore").encode()))


def fault(f):
    try:
        return f()
    except UnicodeError as e:
        return e.encoding, e.start, e.end, e.reason


for name, data in [
    ("gbk", b"a\xffAb"), ("gbk", b"\x81"), ("gb18030", b"\x810\x81"), ("gb18030", b"\x810\x81A"), ("euc_jp", b"\x8f\xa1"),
    ("euc_jp", b"\x8e "), ("shift_jis", b"\x81 "), ("shift_jis", b"\xeb"), ("iso2022_jp", b"\x1b$B\xff"),
    ("iso2022_jp", b"\x1b$Z"), ("iso2022_jp", b"\x1b$B0"), ("hz", b"~{\xffA"), ("hz", b"~a"), ("hz", b"~"),
    ("iso2022_kr", b"\x0e!"), ("euc_kr", b"\xa4\xd4\xa4\xa1\xa4\xbf\xa4\xa2"), ("big5hkscs", b"\x88b\x88d\x88f"),
    ("cp932", b"\xf0@\xf9\xfc\xa0\xff"), ("iso2022_jp_2", b"\x1b.A\x1bNi\x1b.F\x1bNa"), ("iso2022_jp", b"\x1b[1mx\x1b$B0l\n"),
]:
    print(name, data, ascii(fault(lambda: data.decode(name))), ascii(data.decode(name, "replace")))

for name, text in [
    ("gbk", "a\u1234"), ("iso2022_jp", "\u3042a\u1234"), ("hz", "\u4e2da\u4e2d~"), ("iso2022_kr", "\ud55ca"),
    ("iso2022_jp_2", "\u4e2d\ud55c\xe9"), ("iso2022_jp_ext", "\uff71\xa5"), ("big5hkscs", "\xca\u0304\xca\xea\u030c"),
    ("euc_kr", "\uac02"), ("shift_jis", "\xa5\u203e"), ("gb18030", "\x80\U0001f600\ue5e5"),
]:
    print(name, fault(lambda: text.encode(name)), text.encode(name, "xmlcharrefreplace"))

for name in (PLAIN + " " + SHIFTING).split():
    text = "\u4e00\u4e8c ab~\n\u4e09" if "kr" not in name and name != "cp949" else "\ud55c ab\n\uad6d"
    data = text.encode(name)
    decoder, out = codecs.getincrementaldecoder(name)(), ""
    for n in range(len(data)):
        out += decoder.decode(data[n:n + 1])
        state = decoder.getstate()
        decoder = codecs.getincrementaldecoder(name)("strict")
        decoder.setstate(state)
    out += decoder.decode(b"", True)
    encoder = codecs.getincrementalencoder(name)()
    back = b"".join(map(encoder.encode, text)) + encoder.encode("", True)
    reader = codecs.getreader(name)(io.BytesIO(data))
    file = io.TextIOWrapper(io.BytesIO(data), encoding=name)
    sink = io.BytesIO()
    codecs.getwriter(name)(sink).writelines([text[:2], text[2:]])
    print(name, out == text, back == data, reader.readline() + reader.read() == text, file.read(2) + file.read() == text,
          data.startswith(sink.getvalue()))

for text in ["Hi Mom -\u263a-!", "a+b", "\u65e5\u672c\u8a9e\U0001f600x-", "~\\^", "A\u2262\u0391.", "\0\ud800x"]:
    data = text.encode("utf-7")
    print(data, data.decode("utf-7") == text)
for data in [b"+", b"+A", b"+AGE", b"+AGE-", b"+AGEb", b"+!", b"a\xff", b"+2AA-x", b"+AGF-", b"++"]:
    print(data, ascii(fault(lambda: data.decode("utf-7"))), ascii(data.decode("utf-7", "replace")),
          ascii(codecs.utf_7_decode(data, "ignore")))
