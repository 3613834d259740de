"""Objects go to classes whose instances have room for more attributes, or for fewer, and back."""
import gc
import io
import threading
import zipfile


class Bare:
    pass


class Some(Bare):
    def __init__(self):
        self.a = self.b = self.c = 1

    def total(self):
        return self.a + self.b + self.c


class Many(Some):
    def __init__(self):
        super().__init__()
        for name in "defghijklmnop":
            setattr(self, name, 2)
        self.q = self.r = self.s = self.t = self.u = self.v = self.w = 3

    def total(self):
        return sum(vars(self).values())


class Slots(Bare):
    __slots__ = ("x", "y")


def through(o, *classes):
    for c in classes:
        o.__class__ = c
        o.a, o.b, o.c = 4, 5, 6
        print(type(o).__name__, o.total() if hasattr(o, "total") else None, len(vars(o)), isinstance(o, c))
    return o


for start in Bare, Some, Many:
    o = through(start(), Many, Bare, Some, Many, Some, Bare, Many)
    o.new = 7
    del o.a
    print(sorted(vars(o))[:4], hasattr(o, "a"), o.new)
kept = [through(Bare(), Many) for _ in range(3)]
gc.collect()
print([o.total() for o in kept])
try:
    Bare().__class__ = Slots
except TypeError as e:
    print(e)
s = Slots()
s.x = 1


class Like(Bare):
    __slots__ = ("x", "y")


try:
    s.__class__ = Like
    print(s.x, type(s).__name__)
except TypeError as e:
    print(e)

shared = Bare()


def back_and_forth(classes):
    for _ in range(300):
        for c in classes:
            shared.__class__ = c
            shared.n = 1


threads = [threading.Thread(target=back_and_forth, args=(cs,)) for cs in ([Bare, Many], [Some, Bare], [Many, Some])]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(shared.n, type(shared) in (Bare, Some, Many))

file = io.BytesIO()
with zipfile.ZipFile(file, "w") as z:
    z.writestr("a/b.txt", "text")
    z.writestr("a/c/d.txt", "more")
root = zipfile.Path(zipfile.ZipFile(file))
print([p.name for p in root.iterdir()], sorted(p.name for p in (root / "a").iterdir()), (root / "a" / "b.txt").read_text())
