# Arguments of native functions by name, and what introspection says of them.
import collections, csv, datetime, decimal, hashlib, inspect, io, itertools, operator, pickle, re, types, zlib

print("a,b,c".split(sep=",", maxsplit=1), b"a,b".rsplit(sep=b",", maxsplit=1), "a\n".splitlines(keepends=True), "a\t".expandtabs(tabsize=3))
print("aXbX".replace("X", "-", count=1), b"ab".hex(sep=":", bytes_per_sep=1), b"ab".translate(None, delete=b"a"))
print((5).to_bytes(length=2, byteorder="big", signed=False), int.from_bytes(bytes=b"\1\0", byteorder="little"), int("7", base=8))
print(complex(real=1, imag=2), list(enumerate(iterable="ab", start=2)), memoryview(object=b"x").tobytes(order="C"))
print(list(itertools.accumulate(iterable=[1, 2], func=operator.add, initial=3)), list(itertools.batched(iterable="abc", n=2)))
print([(k, list(g)) for k, g in itertools.groupby(iterable="aab", key=None)], list(itertools.product("ab", repeat=1)))
d = datetime.datetime(year=1, month=2, day=3, hour=4, minute=5, second=6, microsecond=7, tzinfo=None, fold=1)
print(d.replace(hour=9, fold=0), d.date().replace(year=5), d.time().replace(minute=1), d.isoformat(sep=" ", timespec="hours"))
csv.register_dialect("x", delimiter=";")
print(csv.get_dialect(name="x").delimiter, csv.field_size_limit(new_limit=10), csv.field_size_limit())
csv.unregister_dialect(name="x")
print(hashlib.shake_128(b"x").hexdigest(length=4), hashlib.shake_128(b"x").digest(length=2), hashlib.sha256(b"", usedforsecurity=False).name)
print(re.compile("a").sub(repl="b", string="aa", count=1), re.compile("b").search(string="ab", pos=1, endpos=2).span())
print(zlib.decompress(zlib.compress(b"x", level=1), bufsize=10), io.StringIO(initial_value="a\n", newline=None).read())
print(decimal.Decimal(value="1.5").quantize(exp=decimal.Decimal(1), rounding=decimal.ROUND_UP), collections.deque(iterable=[1, 2], maxlen=1))

for o in [
    zip, enumerate, map, filter, reversed, complex, memoryview, property, itertools.groupby, itertools.accumulate, itertools.zip_longest,
    io.BytesIO, io.StringIO, io.FileIO, io.TextIOWrapper, io.BufferedReader, types.FunctionType, types.ModuleType, types.MappingProxyType,
    csv.get_dialect, str.split,
]:
    print(o.__name__, inspect.signature(o))

# Static methods of native types say whose they are; memos of pickles are shown as they are.
print(str.maketrans.__self__, bytes.maketrans.__qualname__, pickle.loads(pickle.dumps(str.maketrans)) is not None)
f = io.BytesIO()
p = pickle.Pickler(f)
data = ["abc", "abc"]
p.dump(data)
size = f.tell()
print(type(p.memo).__name__, sorted(n for n, _ in p.memo.copy().values()), type(pickle.loads(pickle.dumps(p.memo.copy()))).__name__)
p.dump(data)
print(f.tell() - size < size)
other = pickle.Pickler(io.BytesIO())
other.memo = p.memo
print(other.memo.copy() == p.memo.copy())
p.memo.clear()
print(p.memo.copy(), len(other.memo.copy()))
