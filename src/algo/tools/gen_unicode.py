"""Writes src/unicode/tables.rs. Needs CPython 3.13 and the PyPI package unicodedata2 16.0.0.

    python tools/gen_unicode.py > src/unicode/tables.rs
"""
import unicodedata as O

import unicodedata2 as U

N = 0x110000
CATS = "Cn Lu Ll Lt Mn Mc Me Nd Nl No Zs Zl Zp Cc Cf Cs Co Lm Lo Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So".split()
BIDI = ["", "L", "LRE", "LRO", "R", "AL", "RLE", "RLO", "PDF", "EN", "ES", "ET", "AN", "CS", "NSM", "BN", "B",
        "S", "WS", "ON", "LRI", "RLI", "FSI", "PDI"]
EAW = ["F", "H", "W", "Na", "A", "N"]



def flags(cp, ch, cat, bidi):
    old = O.category(ch) != "Cn"
    if old:
        lower, upper = ch.islower(), ch.isupper()
        xs, xc = ch.isidentifier(), ("a" + ch).isidentifier()
    else:
        lower, upper = cat == "Ll", cat == "Lu"
        xs = cat[0] == "L" or cat == "Nl"
        xc = xs or cat in ("Mn", "Mc", "Nd", "Pc")
    f = 0
    if cat[0] == "L": f |= 1
    if U.decimal(ch, None) is not None: f |= 2
    if U.digit(ch, None) is not None: f |= 4
    if U.numeric(ch, None) is not None: f |= 8
    if bidi in ("WS", "B", "S") or cat == "Zs": f |= 16
    if lower: f |= 32
    if upper: f |= 64
    if cat == "Lt": f |= 128
    if cp == 32 or cat[0] not in "CZ": f |= 256
    if xs: f |= 512
    if xc: f |= 1024
    # Case_Ignorable and Cased, seen through the final sigma rule: "A" + ch + sigma.
    if old:
        # a cased letter before, ch between: final form unless ch is neither cased nor ignorable
        between = ("A" + ch + "\u03a3").lower()[-1] == "\u03c2"
        alone = (ch + "\u03a3").lower()[-1] == "\u03c2"
        if alone: f |= 2048  # cased and not ignorable
        elif between: f |= 4096  # case-ignorable
    else:
        if cat in ("Lu", "Ll", "Lt"): f |= 2048
        elif cat in ("Mn", "Me", "Cf", "Lm", "Sk"): f |= 4096
    if U.mirrored(ch): f |= 8192
    return f


recs, index, data = {}, [], []
title, fold = [], []
numeric, decomp, dchars, tags = [], [], [], [""]
for cp in range(N):
    ch = chr(cp)
    cat, bidi, eaw = U.category(ch), U.bidirectional(ch), U.east_asian_width(ch)
    dec, dig = U.decimal(ch, 255), U.digit(ch, 255)
    r = (flags(cp, ch, cat, bidi), CATS.index(cat), BIDI.index(bidi), EAW.index(eaw), U.combining(ch), dec, dig)
    data.append(recs.setdefault(r, len(recs)))
    if ch.title() != ch.upper():
        title.append((cp, [ord(c) for c in ch.title()]))
    if ch.casefold() != ch.lower():
        fold.append((cp, [ord(c) for c in ch.casefold()]))
    n = U.numeric(ch, None)
    if n is not None and dig == 255:
        numeric.append((cp, n))
    d = U.decomposition(ch)
    if d:
        p = d.split()
        t = ""
        if p[0][0] == "<":
            t = p.pop(0)
        if t not in tags: tags.append(t)
        decomp.append((cp, tags.index(t), len(dchars), len(p)))
        dchars += [int(x, 16) for x in p]

SHIFT = 7
blocks, out = {}, []
for i in range(0, N, 1 << SHIFT):
    b = tuple(data[i:i + (1 << SHIFT)])
    if b not in blocks:
        blocks[b] = len(blocks)
        out += b
    index.append(blocks[b])

print("//! Unicode 16.0 character data. Written by tools/gen_unicode.py; do not edit.")
print("#![cfg_attr(rustfmt, rustfmt::skip)]")
print("use super::Record;\n")


def arr(name, ty, items, per=24):
    print(f"pub(super) static {name}: [{ty}; {len(items)}] = [")
    for i in range(0, len(items), per):
        print(",".join(items[i:i + per]) + ",")
    print("];")


arr("RECORDS", "Record", ["Record{flags:%d,category:%d,bidi:%d,width:%d,combining:%d,decimal:%d,digit:%d}" % r for r in recs], 1)
arr("INDEX", "u16", [str(x) for x in index], 40)
arr("DATA", "u16", [str(x) for x in out], 40)
pad = lambda m: "[%s]" % ",".join(str(x) for x in (m + [0, 0, 0])[:3])
arr("TITLE", "(u32,[u32;3])", ["(%d,%s)" % (c, pad(m)) for c, m in title], 8)
arr("FOLD", "(u32,[u32;3])", ["(%d,%s)" % (c, pad(m)) for c, m in fold], 8)
arr("NUMERIC", "(u32,f64)", ["(%d,%r)" % (c, float(n)) for c, n in numeric], 12)
arr("DECOMPOSITION", "(u32,u8,u16,u8)", ["(%d,%d,%d,%d)" % x for x in decomp], 10)
arr("DECOMPOSITION_CHARS", "u32", [str(x) for x in dchars], 30)
arr("TAGS", "&str", ['"%s"' % t for t in tags], 20)
arr("CATEGORIES", "&str", ['"%s"' % t for t in CATS], 30)
arr("BIDI", "&str", ['"%s"' % t for t in BIDI], 30)
arr("WIDTHS", "&str", ['"%s"' % t for t in EAW], 30)
