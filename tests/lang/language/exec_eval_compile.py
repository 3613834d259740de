code = compile("a = 1\nb = a + 1", "<test>", "exec")
ns = {}
exec(code, ns)
print(ns["b"], code.co_filename, code.co_name)
print(eval(compile("1 + 2", "f", "eval")))
exec(compile("3 + 4", "f", "single"))
g, l = {"x": 1}, {"x": 2}
exec("y = x; global z; z = x", g, l)
print(l, g["z"] if "z" in g else "no z")
print(eval("[x for _ in range(2)]", {"x": 5}), eval(" 1+1 "), eval("lambda: 5")())
try:
    eval("a = 1")
except SyntaxError as e:
    print(e.msg)
try:
    exec("raise KeyError('inside')")
except KeyError as e:
    print(e)
for bad in (lambda: eval(5), lambda: exec("1", 5), lambda: compile("1", "f", "nope"), lambda: eval("1", {}, 5)):
    try:
        bad()
    except (TypeError, ValueError) as e:
        print(type(e).__name__)


class Scope(dict):
    def __missing__(self, k): return "missing " + k


print(eval("unknown", {}, Scope()))


def f():
    v = 1
    exec("v = 2")
    loc = {}
    exec("w = v if 'v' in dir() else 'none'", globals(), loc)
    return v, loc


print(f())
print(eval("__builtins__ is not None"), "__builtins__" in ns)
exec("def fn(n): return n * 2", ns)
print(ns["fn"](4), ns["fn"].__module__ if "__name__" in ns else "no module")
exec("import math; r = math.pi", ns)
print(ns["r"])
import ast
print(ast.literal_eval("{'a': [1, 2.5, None, (True,)]}"))
print(eval(compile(b"1+1", "f", "eval")), eval("x\n", {"x": 3}))
exec("class K:\n  v = 1\nprint(K.v, K.__module__)", {"__name__": "modname"})
