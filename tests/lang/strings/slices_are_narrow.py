# A slice of a wide string is the same text as a narrow one: equal, of the same hash, found in dicts.
table = {"\\r": 1, "é": 2, "\u1234\u1234": 3, "": 4, "x": 5}

for wide in ("é", "\u1234", "\U0001F600"):
    text = wide + "x\\réé\u1234\u1234" + wide
    start = len(wide)
    for n, (a, b) in enumerate(((2, 4), (4, 5), (6, 8), (3, 3), (1, 2))):
        part = text[a:b]
        print(ascii(part), part in table, part.isascii(), hash(part) == hash(eval(ascii(part))), table.get(part))
    print(ascii(text[:2]), text[1:4] == "x\\r", text[-3:-1] == "\u1234\u1234", text[1:4:1] == "x\\r")
    print([text[i : i + 1] == text[i] for i in range(len(text))])

print((wide * 0) == "", hash(wide * 0) == hash(""))
