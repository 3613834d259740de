# A __hash__ written in Python may give any 64-bit number, and it is used as it is.
class Key:
    def __init__(self, text):
        self.text = text
    def __hash__(self):
        return hash(self.text)
    def __eq__(self, other):
        return self.text == (other.text if isinstance(other, Key) else other)

for text in "key1", "key2", "a longer text", "x" * 100:
    d = {"other": 0, Key(text): 1}
    print(hash(Key(text)) == hash(text), d.get(text), text in d, d.get(Key(text)))
    d = {text: 2}
    print(d.get(Key(text)), Key(text) in {text}, text in {Key(text)})

class Fixed:
    def __init__(self, n):
        self.n = n
    def __hash__(self):
        return self.n

for n in -1, 2**61 - 1, 2**61, 2**62 + 5, -2**63, 2**63 - 1, 2**63, -2**70, True:
    print(n, hash(Fixed(n)))
try:
    hash(Fixed("x"))
except TypeError as e:
    print(e)
