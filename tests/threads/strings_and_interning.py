# Strings and big integers made at the same time; dict look-ups by freshly made equal keys.
import sys

from support.workers import run

table = {f"key{i}": i for i in range(100)}


def work(n, stop):
    while not stop():
        for i in range(100):
            assert table["key" + str(i)] == i
            assert sys.intern("interned" + str(i)) is sys.intern(f"interned{i}")
        text = "".join(chr(97 + (n + i) % 26) for i in range(50))
        assert text[0] == chr(97 + n % 26) and len(set(text)) == 26
        assert (3**200 + n) - 3**200 == n
        assert hash("shared hash") == hash("shared" + " hash")


run(work)
print("ok")
