s = "Hello, World"
print(s.upper(), s.lower(), s.swapcase(), s.title(), "hello world".capitalize(), "ß".upper(), "ǅ".lower(), "ﬁ".upper(), "İ".lower() == "i̇", "ΑΣ".lower(), "Straße".casefold())
print(s.find("o"), s.rfind("o"), s.find("zz"), s.index("W"), s.count("l"), s.find("o", 5), s.find("o", 5, 7), "".find(""), "abc".find("", 3), "abc".find("", 4), "aaaa".count("aa"), "abc".count(""))
print(s.startswith("Hell"), s.endswith(("x", "ld")), s.startswith("World", 7), s.startswith(("a", "H")))
print(s.replace("l", "L"), s.replace("l", "L", 1), "aaa".replace("a", "b", 2), "abc".replace("", "-"), "".replace("", "x"), "abc".replace("b", ""))
print("a,b,,c".split(","), "a,b,,c".split(",", 1), " a  b ".split(), " a  b c".split(None, 1), "a,b,c".rsplit(",", 1), " a b ".rsplit(None, 1), "".split(), "".split(","), "abc".split("bc"))
print("a\nb\r\nc\rd\x0be\x85f\u2028g".splitlines(), "a\nb\n".splitlines(True), "\n".splitlines(), "".splitlines())
print("a-b-c".partition("-"), "a-b-c".rpartition("-"), "abc".partition("-"), "abc".rpartition("-"))
print("  x ".strip(), "xxaxx".strip("x"), "abcba".lstrip("ab"), "abcba".rstrip("ab"), "\u00a0 x\u3000".strip(), "prefix-x".removeprefix("prefix-"), "x.py".removesuffix(".py"))
print("a".center(5, "*"), "ab".center(5), "a".ljust(3, "."), "a".rjust(3), "42".zfill(5), "-42".zfill(5), "+1".zfill(4), "abc".zfill(2))
print(",".join("abc"), "".join([]), "-".join(["a"]), "x".join(map(str, range(3))))
for name in "isalpha isdigit isalnum isdecimal isnumeric isspace isupper islower istitle isidentifier isprintable isascii".split():
    print(name, [getattr(t, name)() for t in ("", "abc", "ABC", "123", "a1", " \t", "Ab Cd", "½", "²", "é", "_x", "\n", "٣", "1x")])
print("a\tb\tcd".expandtabs(4), "abc".translate({97: "X", 98: None, 99: 0x263A}), "abc".translate(str.maketrans("ab", "xy", "c")), str.maketrans({"a": 1}))
print("x" * 3, 3 * "ab", "a" * 0, "a" * -1, "ab" in "cabd", "" in "", "a" < "b", "a" "b", "é" == "e\u0301")
for f in (lambda: "abc".index("z"), lambda: "a".split(""), lambda: "a".join(5), lambda: "a".center(5, "ab"), lambda: "a".partition(""), lambda: "a" in 5, lambda: 5 in "a",
          lambda: "a".startswith(1), lambda: "a"[5], lambda: "abc".encode("ascii", "nope") and "é".encode("ascii", "nope"), lambda: "{".format(), lambda: "}".format(), lambda: "a".replace("a")):
    try:
        f()
    except Exception as e:
        print(type(e).__name__, e)
