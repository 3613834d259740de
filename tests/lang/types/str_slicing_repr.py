s = "abcdefgh"
print(s[0], s[-1], s[2:5], s[:3], s[5:], s[::2], s[::-1], s[-3:-1], s[10:], s[5:2], s[6:2:-2], s[:], s[-100:100])
u = "aé€😀z"
print(len(u), u[3], u[::-1], [ord(c) for c in u], u.find("😀"), u.index("z"), u[1:4])
for t in ("a'b", 'a"b', "a'b\"c", "\n\t\r\\", "\x00\x1f\x7f", "é\u200b\ud800\U000e0001", "\u0300", "😀", "\xa0\xad", "\u2028"):
    print(repr(t), ascii(t), len(t))
print("\101\x41\u0041\U00000041\N{LATIN SMALL LETTER A}", r"\n", "a\
b", "tab\there", "\a\b\f\v" == "\x07\x08\x0c\x0b")
print("%s %r %a %d %5d %-5d| %05d %+d %x %X %#x %o %c %c %% %.3s %5.1f %e %g" % ("s", "r", "é", 1, 2, 3, 4, 5, 255, 255, 255, 8, "c", 100, "abcdef", 3.14159, 12345.678, 0.0001))
print("%(a)s %(b)05.1f" % {"a": 1, "b": 2.5}, "%*d|%-*d|%.*f" % (5, 1, 5, 2, 2, 3.14159), "%s" % (1,), "%s" % [1], "%i%u" % (1, 2))
print(hash("") == hash(""), "a".__hash__() == hash("a"), str(5), str(None), str([1, "a"]), str(), str(b"x"))
print("abc" < "abd", "abc" < "ab", "Z" < "a", "" < "a", max("hello"), sorted("hello"), list("hi"), tuple("hi"), set("aa"))
x = "a"
x += "b"
print(x, "abc".__len__(), "a" + "b" * 2, "abc".__contains__("b"), "abc".__getitem__(1), iter("a").__next__())
