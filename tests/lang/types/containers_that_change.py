# Comparisons and merges whose items change the containers meanwhile.
class Clears:
    def __init__(self, *targets):
        self.targets = targets
    def __eq__(self, other):
        for t in self.targets:
            t.clear()
        return NotImplemented
    __hash__ = None

a, b = [], []
a.append(Clears(b))
b.append(Clears(a))
print(a == b, a, b)
c = []
c.append(Clears(c))
print(c == [1], c)

class Key:
    def __hash__(self):
        return 0
    def __eq__(self, other):
        source.clear()
        return False
source = dict.fromkeys(range(1, 100), 0)
source[Key()] = 0
target = {Key(): 0, 1: 1}
try:
    target.update(source)
except RuntimeError as e:
    print(e)
else:
    print("no error")
