# Deep but legal: works; too deep: an error, never a crash.
print(eval("(" * 50 + "1" + ")" * 50), eval("[" * 50 + "]" * 50) is not None)
print(eval("+".join(["1"] * 3000)))
print(eval("1" + " if 1 else 2" * 20))
for source in ("(" * 5000 + ")" * 5000, "-" * 100000 + "1", "[" * 300 + "]" * 300):
    try:
        compile(source, "<s>", "eval")
        print("compiles")
    except (SyntaxError, RecursionError, MemoryError) as e:
        print("error")
src = "\n".join("  " * i + f"if {i} >= 0:" for i in range(15)) + "\n" + "  " * 15 + "r = 1"
ns = {}
exec(src, ns)
print(ns["r"])
s = "".join(f"def f{i}(): return f{i - 1}()\n" if i else "def f0(): return 'bottom'\n" for i in range(300))
exec(s, ns)
print(ns["f299"]())
print(len(eval("[" + ",".join(map(str, range(5000))) + "]")), len(eval("{" + ",".join(f"{i}:{i}" for i in range(2000)) + "}")))
exec("def many(" + ",".join(f"a{i}=None" for i in range(300)) + "): return a299")
print(many(a299=5), (lambda *a: len(a))(*range(10000)))
names = "; ".join(f"v{i} = {i}" for i in range(1000))
exec("def locs():\n  " + names + "\n  return v999")
print(locs())
x = 1
for _ in range(200):
    x = [x]
print(str(x).count("["))
import copy
print(copy.deepcopy(x) == x)
