import json
data = {"a": [1, 2.5, True, None, "é\n\"\\/\u2028😀"], "b": {"c": {}}, "d": [], "e": -0.0, "f": 10**20, "g": 1e100}
s = json.dumps(data)
print(s)
print(json.loads(s) == data, json.dumps(data, ensure_ascii=False)[:30], json.dumps([1, {"b": 2, "a": 1}], sort_keys=True, separators=(",", ":")))
print(json.dumps({"x": [1, 2], "y": {}}, indent=2))
print(json.dumps({1: 1, None: 2, True: 3, 1.5: 4}), json.dumps((1, 2)), json.dumps(float("inf")), json.dumps("a"), json.dumps([]), json.dumps({}, indent=1))
print(json.loads(' [1, 2 , {"a" : -1.5e3}] '), json.loads('"\\u00e9\\ud83d\\ude00\\n"'), json.loads("NaN"), json.loads("1E2"), json.loads(b'{"a": "\xc3\xa9"}'))
for bad in ("", "[1,]", "{", '{"a" 1}', "[1 2]", "nul", '"\n"', "{'a': 1}", "01", "1 2", '"\\x"', "[", '{"a":}', "-"):
    try:
        json.loads(bad)
    except json.JSONDecodeError as e:
        print(repr(bad), e)
class C: pass
try:
    json.dumps(C())
except TypeError as e:
    print(e)
l = []
l.append(l)
try:
    json.dumps(l)
except ValueError as e:
    print(e)
print(json.dumps({"c": C()}, default=lambda o: "C!"), json.loads('{"a": 1}', object_hook=lambda d: sorted(d.items())), json.loads("[1.5]", parse_float=str), json.loads('{"a":1,"a":2}', object_pairs_hook=list))
try:
    json.dumps({(1, 2): 1})
except TypeError as e:
    print(e)
print(json.dumps({(1,): 1, "b": 2}, skipkeys=True))
class E(json.JSONEncoder):
    def default(self, o): return {"type": type(o).__name__}
print(json.dumps([C()], cls=E), list(json.JSONEncoder().iterencode([1, {"a": 2}]))[0][:2])
import io
f = io.StringIO()
json.dump([1], f); f.seek(0); print(json.load(f))
