import unicodedata
s = "e\u0301"
print(len(s), unicodedata.normalize("NFC", s) == "é", unicodedata.name("é"), unicodedata.lookup("SNOWMAN"), unicodedata.category("a"), unicodedata.decimal("٣"), unicodedata.numeric("½"))
é = 5
print(é, "ｘ".isidentifier())
ﬁ = "normalised"
print(fi)
print("\u0130".lower().encode(), "ŉ".upper(), "ΐ".upper() != "", "ß".casefold(), "ﬃ".title(), "ΟΔΟΣ".lower(), "ǆ".title())
print([c for c in "a\u0301😀👨‍👩‍👧"][0], len("👨‍👩‍👧"), "😀"[0] == "😀", "z😀a".rjust(5, "é"), sorted("éaz😀"))
print("日本語".encode("utf-8"), "日本語".find("語"), "日本語"[::-1], "日本語".center(7, "・"), "%5s|" % "日本")
print("\x85".isspace(), "\u2003".isspace(), "\x1c".isspace(), "\u200b".isspace(), "٣".isdigit(), "Ⅷ".isnumeric(), "五".isnumeric(), "ª".isalpha(), "𝟘".isdecimal())
print(int("١٢"), float("١.٥"), "İstanbul".lower(), len("İ".lower()), "σς".upper(), "ǰ".capitalize())
