s = "aé€😀"
for enc in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "latin-1", "ascii", "cp1252", "utf-8-sig"):
    for errors in ("strict", "replace", "ignore", "xmlcharrefreplace", "backslashreplace"):
        try:
            print(enc, errors, s.encode(enc, errors))
        except UnicodeEncodeError as e:
            print(enc, errors, e)
for b in (b"abc\xff", b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98\x80", b"\xed\xa0\x80", b"\xc0\x80", b"a\x80b"):
    for errors in ("strict", "replace", "ignore", "backslashreplace", "surrogateescape"):
        try:
            print(b, errors, ascii(b.decode("utf-8", errors)))
        except UnicodeDecodeError as e:
            print(b, errors, e)
print("\ud800".encode("utf-8", "surrogatepass"), b"\xed\xa0\x80".decode("utf-8", "surrogatepass") == "\ud800", "\udcff".encode("utf-8", "surrogateescape"))
try:
    "\ud800".encode()
except UnicodeEncodeError as e:
    print(e)
try:
    "a".encode("nope")
except LookupError as e:
    print(e)
print(b"\xff\xfea\x00".decode("utf-16"), b"caf\xe9".decode("latin-1"), str(b"abc", "utf-8"), "é".encode().hex(), "utf8 alias".encode("UTF8") == "utf8 alias".encode("utf_8"))
