"""Writes cases of the regular expression engine: `python3.13 tools/gen_sre_cases.py FILE RANDOM_PATTERNS [SEED]`.

A line P has a pattern's code words; lines S and B under it a text (str, bytes) and what match, fullmatch and
finditer give: spans of all groups and lastindex.
"""
import random, re, sys, warnings
from re import _parser, _compiler
warnings.simplefilter("ignore")
out, n = open(sys.argv[1], "w"), int(sys.argv[2])
random.seed(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
hand = r"""
a|b  (a)|b  (?:a|ab)(?:c|bcd)(d*)  a*  a*?  a+b  (a+)+b  (a*)*  (a*)+  (a|b)*c  ((a)|(b))*  (?:(a)|b)*  (a?)*?b  a{2,3}  a{2,3}?  (ab){2}
^a  a$  \Aa\Z  ^a$  \ba\b  \Ba  [abc]+  [^abc]+  [a-z]+\d*  \w+\s\w+  \W+  \D  \S+  .  .*  .*?b  .+?  (.)\1  (a)(b)?\2  (a)?(?(1)b|c)  (a)?(?(1)b)
(?=ab)a  (?!ab)a  (?<=a)b  (?<!a)b  (?=(a))a\1  (?!(a)b)a  (?<=(a))b  (?>a+)b  (?>a|ab)c  a++b  a*+a  a?+a  (?:ab)++a  (?:a|b)*+b  (?:ab)?+c  (?:a){2,3}+b
(a(b(c)?)?)?d  ((a|b)+?c)  (?:a*)+?b  (?:(a)|(b)|c)+  (x|y|z)*?y  abc  abcabd  (abc)d  ab(?:c|d)  \.  [.]  a.c  [\s\S]+  (?:\n|a)+
(?:a|b|c|ab)+?d  ([ab]*?)(b*)c  (a+|b+)*c  ((?:a|b)+)\1  (?:(?=a)a|b)+  (?:(?!b)[abc])+  (a){0}b  (?:a{0,2}){2}b  (?:a?){3}  ((a{1,2}){1,2}){2}  $  ^  \b  (?:)*  (?:|a)+  (a|)+  (?:a|())*b
[ab]*[bc]*d  [^b]*b  a*b*c*  x*  (\w+)@(\w+)\.com  (\d+)-(\d+)  "([^"\\]|\\.)*"  \s*(\w+)\s*=  (?:(\w)(\w)?)+  [a-c]{2,}?c  (?:ab|a)(?:bc|c)?$
(?:a(?>b*)c)+  (?:(?>a*)b)*c  (?:x(?=(y))y)*z  (?<=ab)c  (?<!ab)c  (?<=^a)b  (?:a(?!b))*  ((?<=a)b|a)+  (a)(?=(b)\2?)b  (?:(a)(?!.*\1))
""".split()
flagged = [(p, f) for p in ["abc", "[a-z]+", "[^a]", "(a)\\1", "k", "\u017f+", "[\u03b1-\u03c9]+", "ß", "\\w+", "i", "[k-s]", "\u0130", "\U00010400+", "[\U00010400-\U00010410]+", "x.y", "^a", "a$", "[à-þ]", "é", "[^é]", "\ufb05"] for f in (re.I, re.I | re.A, re.M | re.S, 0)]
uni = [("[\u0400-\u04ff\u4e00x]+", 0), ("\\d+", 0), ("\\s+", 0), ("\\w+", re.A), ("[\\w-]+", 0), ("é+", 0), ("[aé\u0431\u4e2d]+", 0), ("\u4e2d\u6587", 0), ("[^\u4e2d]+", 0), ("\U0001F600", 0), (".\u0301", 0), ("[\\d\\s]+", 0)]
atoms = ["a", "b", "c", ".", "[ab]", "[^a]", "\\w", "^", "$", "\\b", "(?=a)", "(?!b)", "(?<=a)", "(?<!b)", "ab", "bc"]
def rnd(d, g):
    r = random.random()
    if d <= 0 or r < .25: return random.choice(atoms)
    if r < .5: return rnd(d - 1, g) + rnd(d - 1, g)
    if r < .62: return "(?:" + rnd(d - 1, g) + "|" + rnd(d - 1, g) + ")"
    if r < .75: return "(" + rnd(d - 1, g) + ")"
    if r < .95: return "(?:" + rnd(d - 1, g) + ")" + random.choice(["*", "+", "?", "*?", "+?", "??", "{1,2}", "{2}", "{0,2}?", "*+", "++", "?+", "{1,2}+"])
    if r < .97: return "(?>" + rnd(d - 1, g) + ")"
    if r < .985: return "(?=" + rnd(d - 1, g) + ")"
    return "(?!" + rnd(d - 1, g) + ")" + random.choice(["", "\\1"])
pats = [(p, 0) for p in hand] + flagged + uni
for _ in range(n): pats.append((rnd(4, 0), random.choice([0, 0, 0, re.I, re.M])))
subs = ["", "a", "b", "ab", "aab", "abc", "abab", "aaab c", "abcabd", "abcd", "bcd", "cab\nba", "xyz", "zzxyy", 'x = "a\\"b"', "me@you.com 12-34"]
usubs = ["aé\u0431\u4e2d\u6587 \u0664x", "\u0130iIı\u017fSsk\u212a ßẞ", "\u03a3\u03c3\u03c2Αα", "\U00010400\U00010428x\U0001F600", "ÀàÉéþÞ\xa0\u3000_", "ABC abc AbA \ufb05\ufb06"]
def show(m): return "x" if m is None else ";".join("%d,%d" % s for s in m.regs) + ":" + str(m.lastindex or 0)
for p, f in pats:
    try:
        c = re.compile(p, f)
        t = _parser.parse(p, f); code = _compiler._code(t, f)
    except (re.error, RecursionError, OverflowError): continue
    out.write("P\t%d\t%s\t%r %d\n" % (c.groups, ",".join("%x" % w for w in code), p, f))
    ss = random.sample(subs, 4) if f == 0 and (p, f) not in uni else random.sample(usubs, 3) + random.sample(subs, 2)
    for _ in range(2): ss.append("".join(random.choice("aabbc ") for _ in range(random.randint(3, 12))))
    for s in ss:
        pos = random.choice([0, 0, 1]) if s else 0
        try: it = "/".join(show(m) for m in c.finditer(s, pos))
        except SystemError: continue  # a fault of CPython's engine
        out.write("S\t%s\t%d\t%s\t%s\t%s\n" % (".".join("%x" % ord(x) for x in s), pos, show(c.match(s, pos)), show(c.fullmatch(s, pos)), it))
    try:
        if any(ord(x) > 127 for x in p): continue
        bp = p.encode(); bf = f
        c = re.compile(bp, bf); t = _parser.parse(bp, bf); code = _compiler._code(t, bf)
    except Exception: continue
    if f:
        out.write("P\t%d\t%s\t%r %d\n" % (c.groups, ",".join("%x" % w for w in code), bp, f))
        for s in [b"ABCabc", b"aAk\xe9\xc9", bytes(random.choices(b"abAB ", k=8))]:
            try: it = "/".join(show(m) for m in c.finditer(s))
            except SystemError: continue
            out.write("S\t%s\t%d\t%s\t%s\t%s\n" % (".".join("%x" % x for x in s), 0, show(c.match(s)), show(c.fullmatch(s)), it))
