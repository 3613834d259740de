import re
m = re.match(r"(\w+)@(\w+)\.com", "user@host.com rest")
print(m.group(), m.groups(), m.group(1, 2), m.span(2), m.start(), m.end(), m[1], m.lastindex, m.string[:4], m.re.pattern)
print(re.search("b+", "aabbb").span(), re.match("b", "ab"), re.fullmatch("a.c", "abc") is not None, re.findall(r"\d+", "a1b22c333"), re.findall(r"(a)(b)?", "aba"), [x.group() for x in re.finditer("a.", "abacad")])
print(re.sub(r"(\w) (\w)", r"\2 \1", "a b c d"), re.sub("x", lambda m: m.group().upper() + "!", "axbx"), re.subn("a", "b", "aaa", count=2), re.sub(r"(?P<n>\d)", r"<\g<n>>", "1 2"), re.split(r"[,;]", "a,b;c"), re.split(r"(,)", "a,b"), re.split(r"", "ab"))
print(re.findall(r"(?i)ABC", "abcAbC"), re.findall(r"^\w+", "ab\ncd", re.M), re.findall(r"a.b", "a\nb", re.S), re.compile(r"""
 \d+  # digits
 \s*  # space
""", re.X).match("12 ").group(), re.findall(r"\bfoo\b", "foo food foo"), re.search(r"(?<=a)b", "ab").span(), re.search(r"(?<!a)b", "cb").span(), re.search(r"a(?=b)", "ab").group(), re.search(r"a(?!b)", "abac").span())
print(re.match(r"(a*)*", "aaa").group(), re.match(r"(?:a|ab)(?:c|bcd)", "abcd").group(), re.match(r"(a)|b", "b").groups(), re.match(r"(?P<x>a)(?P=x)", "aa").groupdict(), re.match(r"(a)\1", "aa").group(), re.findall("a*?b", "aaab"), re.match("a{2,3}", "aaaa").group(), re.match("a{2,3}?", "aaaa").group(), re.match(r"(?>a+)b", "aab").group(), re.match("a++b", "aab").group())
print(re.match(r"(?(1)a|b)", "b") if False else re.match(r"(a)?(?(1)b|c)", "ab").group(), re.escape("a.b*c"), re.findall(r"[^\W\d_]+", "ab1_c"), re.findall(r"[a-c\]-]", "a]-d"), re.search(r"\Aa\Z", "a") is not None, re.findall(rb"\w", b"a\xe9b"), re.findall(r"\w", "aé٣"), re.findall(r"(?a)\w", "aé"))
for bad in ("(", ")", "[", "a**", "*a", "(?P<1>a)", "(?P=x)", r"\1", "a{2,1}", "(?<=a*)b", "[z-a]", r"\q", "(?z)", "(?P<a>x)(?P<a>y)"):
    try:
        re.compile(bad)
        print(bad, "compiles")
    except re.error as e:
        print(bad, "->", e)
p = re.compile("a(b)?", re.I)
print(p, p.flags, p.groups, p.groupindex, p == re.compile("a(b)?", re.I), repr(re.match("a", "ab")), p.search("xxAB", 1, 4).span(), m.expand(r"\1-\2"), re.match("(a)(b)?", "a").groups("d"))
print(re.sub("(a)|(b)", r"[\1\2]", "ab"), re.sub("", "-", "abc"), re.sub("x*", "-", "abxd"), re.findall("", "ab"), re.purge())
print(re.match(r"(.*?)(\d+)$", "abc123").groups(), re.sub(r"\s+", " ", " a \t\n b "), len(re.findall(r"\w+", "word " * 1000)))
