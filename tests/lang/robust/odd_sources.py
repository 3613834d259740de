# Sources of a shape that nobody writes: they compile, or the error says what is too much.
# 100,000 nested brackets
for text in ("(" * 100_000, "(" * 100_000 + ")" * 100_000, "[" * 100_000 + "]" * 100_000, "{" * 100_000, "x" + "[0]" * 100_000, "x" + "()" * 100_000, "x" + ".a" * 100_000,
             "-" * 100_000 + "1", "not " * 100_000 + "1", "1" + "+1" * 100_000, "1" + "**1" * 100_000, "a" + " if b else a" * 100_000, "lambda:" * 100_000 + "1", "f'{" * 100_000, "x=" * 100_000 + "1", "1" + "<1" * 100_000, "1," * 100_000, "await " * 100_000+"x", "1" + " and 1" * 100000, "x:" * 100_000, "@a\n" * 100_000 + "def f(): pass", "if x:\n pass\n" + "elif x:\n pass\n" * 100_000, "\n".join(" " * i + "if x:" for i in range(2000)), "match x:\n case " + "(" * 50000 + ")" * 50000 + ": pass", "del " + "(" * 100000 + "a" + ")" * 100000, "for " + "(" * 100000 + "a" + ")" * 100000 + " in x: pass", "try:\n pass\n" * 1 + "except a:\n pass\n" * 50000, "with " + "a," * 100000 + "a: pass", "import " + "a." * 100000 + "a", "def f(" + ",".join(f"a{i}" for i in range(70000)) + "): pass", "f(" + ",".join(f"a{i}=1" for i in range(70000)) + ")", "f(" + "1," * 70000 + ")", "[" + "a," * 70000 + "]", "{" + "a:1," * 70000 + "}", "*" * 100000, "\\\n" * 100000, "global " + ",".join(f"a{i}" for i in range(70000)), "\n".join(f"a{i}=1" for i in range(70000)), "def f():\n" + "\n".join(f" a{i}=1" for i in range(70000)), "class a:\n x=" + "(yield " * 10000, "[x for x in " * 5000 + "y" + "]" * 5000, "def f[T: " + "(" * 100000):
    try:
        compile(text, "s", "exec")
        print("fine", text[:10].encode())
    except (SyntaxError, MemoryError, RecursionError, OverflowError,SystemError) as e:
        print(type(e).__name__, str(e)[:60], text[:10].encode())
line = "x = '" + "a" * 10_000_000 + "'"
exec(line)
print(len(x))
line = "x = [" + "1, " * 3_400_000 + "]"
try:
    exec(line)
    print("a list")
except MemoryError as e:
    print("MemoryError", e)
line = "x = " + "1+" * 5_000_000 + "1"
try:
    exec(line)
    print(x)
except (MemoryError, RecursionError, SyntaxError) as e: print(type(e), e)
