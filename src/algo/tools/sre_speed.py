"""Times CPython's re on the cases of examples/sre_speed.rs and writes them for it.

    python3.13 tools/sre_speed.py CASES && cargo run --release -p threadsnake-algo --example sre_speed CASES
"""
import random, re, sys, time
from re import _parser, _compiler
random.seed(2)
dna = "".join(random.choices("acgt", k=200_000))
words = " ".join(random.choice(["hello", "foo.bar", "x=12", "user@example.com", '"quoted \\" text"', "Python", "Perl", "2024-01-02", "<b>tag</b>"]) for _ in range(20_000))
html = "".join('<a href="http://x.y/%d" class="c">link %d</a>\n' % (i, i) for i in range(4000))
dash = ("-" * 1000 + "Perl" + "-" * 1000 + "Python" + "-" * 500) * 40
cases = [
    ("Python|Perl", dash), ("(?:Python|Perl|Tcl2)", dash), ("(Python|Perl)", dash), ("Python", dash), (".*Python", dash[:50000]), (".*P.*y.*t.*h.*o.*n.*", dash[:100]),
    ("agggtaaa|tttaccct", dna), ("[cgt]gggtaaa|tttaccc[acg]", dna), ("a[act]ggtaaa|tttacc[agt]t", dna), ("agggt[cgt]aa|tt[acg]accct", dna), ("tHa[Nt]", dna), ("aND|caN|Ha[DS]|WaS", dna),
    ("\\w+@\\w+\\.com", words), ("\\d{4}-\\d{2}-\\d{2}", words), ('"([^"\\\\]|\\\\.)*"', words), ("(\\w+)=(\\d+)", words), ("\\s+", words), ("\\w+", words), ("[a-z]+\\.[a-z]+", words),
    ("<a href=\"([^\"]*)\"[^>]*>(.*?)</a>", html), ("<[^>]+>", html), ("(?i)LINK \\d+", html), ("^<a.*$", html), ("(?:[a-z]+ ?)+\\d", html), ("\\b\\w", html), ("(?=.*link)x", html[:2000]), ("(\\w)(\\w)*?\\d", html),
    ("([?|&])zvq=", words), ("(^|[^\\\\])\"\\\\/Qngr", words), ("\\s*([+>~\\s])\\s*([a-zA-Z#.*:\\[])", html), ("^\\s*|\\s*$", words), ("(?<=foo)\\.", words), ("(a|b|c|d|e|f)+", words), ("(?:ab|cd|ef|gh|he|lo)+", words),
]
with open(sys.argv[1], "w") as f:
    for p, s in cases:
        flags = re.M if p.startswith("^<a") else 0
        c = re.compile(p, flags)
        best = 9e9
        for _ in range(3):
            t = time.perf_counter(); n = 0
            for m in c.finditer(s): n += 1
            best = min(best, time.perf_counter() - t)
        code = _compiler._code(_parser.parse(p, flags), flags)
        f.write("%s\t%d\t%s\t%d\t%.9f\t%s\n" % (p, c.groups, ",".join("%d" % w for w in code), n, best, s.replace("\n", "\x01")))
