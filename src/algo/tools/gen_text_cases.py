"""Writes tests/data/text.txt: what CPython answers to methods of str and codecs. `python3.13 tools/gen_text_cases.py`."""
import random, sys
random.seed(7)
enc = lambda s: ".".join("%x" % ord(c) for c in s) or "-"
encb = lambda b: b.hex() or "-"
rows = []
pools = ["ab ", "aB\t\n ", "aé ß", "aΣσ ἀ", "a\u0130ǅ\u1e9e", "a\U0001F600\u2028", "\x1c\x85\u3000x", "'\"\\\x7f\xa0\xad\ud800", "fiŉ\u0345\u0301Ab"]
def rs(n=9):
    p = random.choice(pools)
    return "".join(random.choice(p) for _ in range(random.randint(0, n)))
strs = [rs() for _ in range(60)] + ["", "ΑΣ", "ΑΣΑ", "Σ", "A\u0301Σ", "hello world", "Hello World"]
for s in strs:
    for m in "upper lower title swapcase casefold capitalize".split():
        rows.append((m, enc(s), enc(getattr(s, m)())))
    rows.append(("is", enc(s), "".join(str(int(getattr(s, m)())) for m in
        "isalpha isalnum isdecimal isdigit isnumeric isspace isprintable isidentifier islower isupper istitle".split())))
    rows.append(("repr", enc(s), enc(repr(s))))
    rows.append(("ascii", enc(s), enc(ascii(s))))
    rows.append(("splitlines", enc(s), "|".join(enc(x) for x in s.splitlines())))
    rows.append(("splitlinesk", enc(s), "|".join(enc(x) for x in s.splitlines(True))))
    rows.append(("split1", enc(s), "|".join(enc(x) for x in s.split(None, 1))))
    rows.append(("rsplit1", enc(s), "|".join(enc(x) for x in s.rsplit(None, 1))))
    rows.append(("split", enc(s), "|".join(enc(x) for x in s.split())))
    rows.append(("strip", enc(s), enc(s.strip())))
    rows.append(("expandtabs", enc(s), enc(s.expandtabs(4))))
    rows.append(("zfill", enc(s), enc(s.zfill(7))))
    rows.append(("center", enc(s), enc(s.center(8, "*"))))
    for e in ["utf-8", "utf-16", "utf-16-be", "utf-32-le", "ascii", "latin-1", "unicode_escape", "raw_unicode_escape"]:
        for h in ["strict", "replace", "backslashreplace", "surrogatepass", "surrogateescape", "xmlcharrefreplace", "namereplace", "ignore"]:
            try: r = encb(s.encode(e, h))
            except UnicodeEncodeError as x: r = "!%d %d %s" % (x.start, x.end, x.reason)
            rows.append(("enc:%s:%s" % (e, h), enc(s), r))
    t = s[1:2] or "a"
    u = rs(2)
    for o in (t, u):
        rows.append(("find", enc(s) + "," + enc(o), "%d %d %d" % (s.find(o), s.rfind(o), s.count(o))))
        rows.append(("replace", enc(s) + "," + enc(o), enc(s.replace(o, "xé", 2))))
        if o:
            rows.append(("splitsep", enc(s) + "," + enc(o), "|".join(enc(x) for x in s.split(o, 2))))
            rows.append(("rsplitsep", enc(s) + "," + enc(o), "|".join(enc(x) for x in s.rsplit(o, 2))))
for _ in range(140):
    n = random.randint(0, 8)
    b = bytes(random.choice(b"a\x80\xbf\xc3\xa9\xe2\x82\xac\xed\xa0\x80\xf0\x9f\x98\x80\xff\xfe\x00\xd8\xdc") for _ in range(n))
    for e in ["utf-8", "utf-16", "utf-16-be", "utf-32", "ascii"]:
        for h in ["strict", "replace", "backslashreplace", "surrogatepass", "surrogateescape", "ignore"]:
            try: r = enc(b.decode(e, h))
            except UnicodeDecodeError as x: r = "!%d %d %s" % (x.start, x.end, x.reason)
            rows.append(("dec:%s:%s" % (e, h), encb(b), r))
for t in [b"\\x41\\n\\u00e9\\U0001f600", b"\\x4", b"a\\", b"\\N{BULLET}!", b"\\N{NOPE}", b"\\N", b"\\N{", b"\\N{}", b"\\N{abc", b"\\777\\0\\18", b"\\q", b"\\u12", b"\\U00110000", b"\\\nx", b"\\\\u0041", b"caf\xe9"]:
    for e in ["unicode_escape", "raw_unicode_escape"]:
        for h in ["strict", "replace"]:
            try: r = enc(t.decode(e, h))
            except UnicodeDecodeError as x: r = "!%d %d %s" % (x.start, x.end, x.reason)
            rows.append(("dec:%s:%s" % (e, h), encb(t), r))
# One row in three of the large families keeps the table small.
keep = [r for i, r in enumerate(rows) if not r[0].startswith(("enc:", "dec:")) or i % 5 == 0 or "escape" in r[0][:22]]
with open(sys.argv[1] if len(sys.argv) > 1 else "tests/data/text.txt", "w") as f:
    for r in keep: f.write("\t".join(r) + "\n")
