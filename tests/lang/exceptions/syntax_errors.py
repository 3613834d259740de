# What does not compile, with message and place.
SOURCES = [
    "x = ", "if x", "def f(:\n  pass", "1 +", "f(a for a in b, c)", "x = 5 = y", "break", "continue", "return", "yield 1",
    "def f():\n  nonlocal x", "nonlocal x", "def f(a=1, b): pass", "f(a=1, 2)", "f(**k, *a)", "f(a=1, a=2)",
    "class C:\n  return 1", "def f():\n  x = 1\n  global x", "None = 1", "1 = x", "f() = 1", "x + 1 = 2", "(a, b) += 1",
    "del f()", "del 1", "for 1 in x: pass", "with a as 1: pass", "from x import *,", "def f():\n  from x import *",
    "'abc", "'''abc", "(1", "(1]", ")", "{1: 2, 3}", "f'{'", "f'{x!z}'", "f'{}'", "0777", "1_", "0x", "1a", "1__0", "x = $", "a b",
    "  x = 1", "if 1:\nx = 1", "if 1:\n    x\n  y", "try: pass", "try: pass\nfinally: pass\nexcept: pass",
    "try: pass\nexcept: pass\nexcept A: pass", "async with x: pass", "await x", "def f():\n  await x", "[await x for y in z]", "print 1", "exec 'a'",
    "x = yield = 1", "lambda: (yield) = 1", "*a", "*a = 1", "a, *b, *c = d", "x := 1", "(x := 1) = 2",
    "[i := 0 for i in x]", "match x:\n  case a: pass\n  case b: pass", "match x:\n  case a | b: pass", 
    "match x:\n  case A(b=1, b=2): pass", "match x:\n  case [*a, *b]: pass", "def f():\n\tx\n        y", "class C(a=1, a=2): pass", 
    "x\nfrom __future__ import annotations", "'\\N{nope}'", "b'é'", "'\\x1'", "else: pass", "import", "from . import", "global x, x; x = 1; global x",
]
import warnings
warnings.simplefilter("ignore")
for source in SOURCES:
    try:
        compile(source, "<s>", "exec")
        print(repr(source), "compiles")
    except SyntaxError as e:
        print(repr(source), type(e).__name__, e.msg, e.lineno, e.offset)
