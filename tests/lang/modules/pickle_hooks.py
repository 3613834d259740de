# Pickles: what classes, picklers and unpicklers may have a say in.
import copyreg
import io
import pickle
import sys
import threading


class P:
    def __init__(self, x):
        self.x = x

    def __eq__(self, o):
        return type(o) is type(self) and self.__dict__ == o.__dict__

    def __repr__(self):
        return f"P({self.x!r})"


class Slots:
    __slots__ = ("a", "__dict__")


class NewArgs:
    def __new__(cls, a, *, b):
        self = super().__new__(cls)
        self.args = (a, b)
        return self

    def __getnewargs_ex__(self):
        return (self.args[0],), {"b": self.args[1]}


class State:
    def __getstate__(self):
        return 42

    def __setstate__(self, s):
        self.s = s


class Reduce:
    def __init__(self, *r):
        self.r = r

    def __reduce__(self):
        return self.r if len(self.r) != 1 else self.r[0]


def make(*args):
    return ["made", *args]


single = Reduce("single")


def setter(o, state):
    o.append(state)


for proto in range(6):
    def there(o):
        return pickle.loads(pickle.dumps(o, proto))

    s = Slots() if proto >= 2 else None
    if s:
        s.a, s.b = 1, 2
        s = there(s)
        print(s.a, s.b)
        n = there(NewArgs(1, b=2))
        print(n.args)
    print(there(P([P(1)])), there(State()).s, there(Reduce(make, (1, 2))))
    print(there(Reduce(list, (), None, iter([1, 2]))), there(Reduce(dict, (), None, None, iter([("a", 1)]))))
    print(there(Reduce(make, (), {"x": 1}, None, None, setter)), there(single) is single)
    p = P(None)
    p.x = (p, [p])
    q = there(p)
    print(q.x[0] is q, q.x[1][0] is q)


def error(f):
    try:
        return f()
    except Exception as e:
        return type(e).__name__, str(e), getattr(e, "__notes__", None)


class Persistent(pickle.Pickler):
    def persistent_id(self, o):
        return f"id{o.x}" if isinstance(o, P) else None


class Loader(pickle.Unpickler):
    def persistent_load(self, pid):
        return "object " + pid

    def find_class(self, module, name):
        if name == "system":
            raise pickle.UnpicklingError("no")
        return super().find_class(module, name)


for proto in (0, 2, 5):
    f = io.BytesIO()
    Persistent(f, proto).dump([P(1), P(2), print])
    print(Loader(io.BytesIO(f.getvalue())).load(), error(lambda: pickle.loads(f.getvalue()))[0])
print(error(lambda: Loader(io.BytesIO(b"cos\nsystem\n.")).load()))

f = io.BytesIO()
k = pickle.Pickler(f)
print(k.persistent_id(1), k.fast, k.bin, hasattr(k, "dispatch_table"))
k.dispatch_table = {P: lambda o: (make, (o.x,))}
k.dump([P(7), P(8)])
print(pickle.loads(f.getvalue()))


class Override(pickle.Pickler):
    def reducer_override(self, o):
        if isinstance(o, P):
            return make, (o.x, "override")
        return NotImplemented


f = io.BytesIO()
Override(f).dump((P(1), [len, P]))
print(pickle.loads(f.getvalue()))

copyreg.add_extension(__name__, "P", 0x1234)
print(pickle.dumps(P, 2), pickle.loads(pickle.dumps(P, 2)) is P)
copyreg.remove_extension(__name__, "P", 0x1234)

# One memo for several dumps, until it is cleared.
f = io.BytesIO()
k = pickle.Pickler(f, 2)
x = [1]
k.dump(x)
a = f.tell()
k.dump(x)
b = f.tell()
k.clear_memo()
k.dump(x)
print(a, b - a, f.tell() - b, len(k.memo.copy()))
f.seek(0)
u = pickle.Unpickler(f)
y, z, w = u.load(), u.load(), u.load()
print(y is z, y is w, y == w)

# Buffers apart.
data = bytearray(b"abc" * 5)
buffers = []
d = pickle.dumps([pickle.PickleBuffer(data), pickle.PickleBuffer(b"xyz")], 5, buffer_callback=buffers.append)
print(len(d) < 40, [bytes(b) for b in buffers])
r = pickle.loads(d, buffers=buffers)
print([type(x).__name__ for x in r], memoryview(r[0]).readonly, memoryview(r[1]).readonly)
print(pickle.loads(pickle.dumps([pickle.PickleBuffer(data), pickle.PickleBuffer(b"xyz")], 5)))
print(error(lambda: pickle.loads(d)), error(lambda: pickle.loads(d, buffers=[])))
print(error(lambda: pickle.dumps(pickle.PickleBuffer(b""), 4)), error(lambda: pickle.dumps(1, 4, buffer_callback=print)))

# Old strings.
print(pickle.loads(b"U\x02a\xe9.", encoding="latin1"), pickle.loads(b"U\x02a\xe9.", encoding="bytes"))
print(error(lambda: pickle.loads(b"U\x02a\xe9."))[0], pickle.loads(b"S'a\\n'\n."))
print(pickle.loads(b"c__builtin__\nxrange\n."), pickle.dumps(range, 2), pickle.dumps(range, 2, fix_imports=False))


class Local:
    def make(self):
        class Inner:
            pass

        return Inner


print(error(lambda: pickle.dumps([1, {"a": (Local().make(),)}]))[0::2])
print(error(lambda: pickle.dumps(Reduce(1, ()))), error(lambda: pickle.dumps(Reduce(make, []))))
print(error(lambda: pickle.dumps(Reduce(5)))[0], error(lambda: pickle.dumps(1, 6)))
print(error(lambda: pickle.Pickler(1)), error(lambda: pickle.Unpickler(1)))
print(error(lambda: pickle.Pickler.__new__(pickle.Pickler).dump(1))[0::2])
print(error(lambda: pickle.Unpickler.__new__(pickle.Unpickler).load())[0::2])
deep = []
for _ in range(100000):
    deep = [deep]
print(error(lambda: pickle.dumps(deep))[0])
del deep


class Again:
    def __reduce__(self):
        k.dump(1)
        return make, ()


f = io.BytesIO()
k = pickle.Pickler(f)
print(error(lambda: k.dump(Again()))[:2])
k.dump([1])
print(f.getvalue()[-5:])

# Many threads at once.
shared = {i: [str(i), P(i), (i, float(i))] for i in range(300)}
want = pickle.loads(pickle.dumps(shared))
bad = []


def work():
    for _ in range(20):
        if pickle.loads(pickle.dumps(shared, 4)) != want:
            bad.append(1)


threads = [threading.Thread(target=work) for _ in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(bad)
