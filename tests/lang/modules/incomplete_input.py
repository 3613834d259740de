"""What may become a program when more is typed."""
import codeop

for s in ["def f(x):\n", "(1\n", "if x:\n", "x = '''a\n", "for i in range(3):\n", "a b\n",
          "try:\n  1\n", "1 +\n", "x = [1,\n", "if 1:\n  a b\n", "@dec\n", "def f(x):\n  1\n", "x = f'''{1}\n", "1\n"]:
    try:
        compile(s, "<s>", "single", 0x4000)
        print("ok", repr(s))
    except SyntaxError as e:
        print(type(e).__name__, repr(s))
for s in ["def f(x):", "def f(x):\n  return 1", "def f(x):\n  return 1\n", "x = (", "x = 1", "a b", ""]:
    try:
        print(repr(s), codeop.compile_command(s) is None)
    except SyntaxError as e:
        print(repr(s), type(e).__name__)
