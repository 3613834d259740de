"""CPython's times for examples/text_speed.rs."""
import json, timeit
line = "the quick brown fox jumps over the lazy dog, " * 100
wide = line.replace("fox", "f\xf6\u4e2dx")
short, utf8, quoted, s10 = line[:44], wide.encode(), '"' + line + '"', line[:10]
x, t = 0.1234567890123, "0.1234567890123"
from _json import scanstring, encode_basestring_ascii as esc
for name, f in [("find miss", lambda: line.find("dog?")), ("find miss, UCS-2", lambda: wide.find("dog?")), ("find short", lambda: short.find("dog")),
    ("count", lambda: line.count("the")), ("replace", lambda: line.replace("dog", "cat")), ("replace one char", lambda: line.replace("o", "0")),
    ("split()", lambda: line.split()), ("split(' ')", lambda: line.split(" ")), ("split(), UCS-2", lambda: wide.split()), ("upper", lambda: line.upper()),
    ("upper, UCS-2", lambda: wide.upper()), ("strip", lambda: line.strip()), ("repr", lambda: repr(line)), ("encode, UCS-2", lambda: wide.encode()),
    ("decode, UCS-2", lambda: utf8.decode()), ("json escape", lambda: esc(line)), ("json scan", lambda: scanstring(quoted, 1, True)),
    ("repr of float", lambda: repr(x)), ("'%.6f'", lambda: "%.6f" % x), ("parse of float", lambda: float(t))]:
    print("%-24s %9.0f ns" % (name, min(timeit.repeat(f, number=2000, repeat=5)) / 2000 * 1e9))
