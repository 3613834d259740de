"""Base 32 and 85, whose loops are native, and what they say of what is wrong."""

import base64
import random

random.seed(4)
for n in [*range(12), 100, 1001]:
    data = random.randbytes(n)
    for name in "b32", "b32hex", "a85", "b85", "z85":
        text = getattr(base64, name + "encode")(data)
        assert getattr(base64, name + "decode")(text) == data, (name, data)
        assert getattr(base64, name + "decode")(text.decode()) == data
        if n < 12:
            print(name, text)
zeros = b"\0" * 9 + b"    " + b"\0" * 2
for options in {}, {"foldspaces": True}, {"pad": True}, {"adobe": True}, {"wrapcol": 3, "adobe": True}:
    print(options, base64.a85encode(zeros, **options), base64.a85encode(memoryview(b"abc"), **options))
print(base64.a85decode(b"<~z zy87cURD]~>", adobe=True, foldspaces=True), base64.a85decode("87-cUR-D]", ignorechars=b"-"))
print(base64.b32decode("ME01====".lower(), casefold=True, map01="I"), base64.b32decode(bytearray(b"MFRGG===")))
for call in [
    lambda: base64.b32decode(b"ME"), lambda: base64.b32decode(b"ME1====="), lambda: base64.b32decode(b"ME=A===="),
    lambda: base64.b32decode(b"MEA====="), lambda: base64.b32decode("\xe9"), lambda: base64.b32decode(3),
    lambda: base64.b85decode(b"abc\xff"), lambda: base64.b85decode(b"~~~~~"), lambda: base64.a85decode(b"abz"),
    lambda: base64.a85decode(b"uuuuu"), lambda: base64.a85decode(b"y"), lambda: base64.a85decode(b"x", adobe=True),
    lambda: base64.b32encode("text"), lambda: base64.b85encode(3),
]:
    try:
        print(call())
    except Exception as e:
        print(type(e).__name__, e if "memoryview" not in str(e) and "bytes-like" not in str(e) else "")
