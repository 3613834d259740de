# Syntax trees: parsing, places, walking, changing, compiling, errors.
import ast
import copy
import pickle

SOURCE = '''
"""Doc."""
import os, sys as system
from . import a
from ..b import c as d, e
@decorate
@other(1)
class C(Base, meta=M, *rest, **kw):
    x: int = 5
    (y): str
    z.w: "t"
    @property
    async def f(self, p, /, q=1, *args: int, k, l=2, **kwargs) -> None:
        await g()
        async for i in j: yield i
        async with m as n, o: return
        return [k async for k in l]
def gen[T: int, *Ts, **P](): yield; yield 1; r = yield from s; return r
type Alias[T = int] = list[T]
del u, v[0], w.x
a = b, *c = d[1:2, ::3, ...]
a += 1; b @= 2
for (i, j) in k:
    pass
else:
    break
while not x or y and z: continue
if a < b <= c is not d not in e != f: pass
elif -x ** ~y // +z: pass
elif w: pass
else: raise E from F
try: assert p, "m"
except (A, B) as e: raise
except: pass
else: pass
finally: global g1, g2
try: pass
except* X: nonlocal_ = 1
match s:
    case 1 | -2.5 | 3+4j | "t" | None | True: pass
    case [a, *_, b] | (a, b): pass
    case {"k": v, **rest}: pass
    case P(1, x=Q.R) as whole if guard: pass
    case _: pass
lam = lambda: 0
lam2 = lambda x, *y, z=1: (x if y else z)
n = (m := 3)
coll = [1, 2.5, 3j, "s", b"b", ..., None, True], {1, 2}, {1: 2, **d}, ()
comp = [x for x in y if x if z], {x for x in y for z in x}, {k: v for k, v in y}, (x for x in y)
call = f(a, *b, c=1, **d)(x for x in y).attr[0]
text = f"a{b!r:>{w}}c{{d}}{e=}" "tail" 'x'
tmpl = t"v{a + b:spec}{c!s}"
u = u"unicode"
big = 10 ** 2 - 123456789012345678901234567890
'''
tree = ast.parse(SOURCE)
for node in tree.body:
    print(ast.dump(node))
places = [
    (type(n).__name__, n.lineno, n.col_offset, n.end_lineno, n.end_col_offset)
    for n in ast.walk(tree)
    if hasattr(n, "lineno") and not isinstance(n, (ast.JoinedStr, ast.TemplateStr, ast.FormattedValue, ast.Interpolation, ast.Constant))
]
for p in places:
    print(*p)
again = ast.parse(ast.unparse(tree))
print(ast.dump(again) == ast.dump(tree))
print(ast.dump(ast.parse("x", mode="eval"), include_attributes=True))
print(ast.dump(ast.parse("x; y", mode="single")))

# what a tree is made of
print(ast.Name._fields, ast.Name._attributes, ast.Name.__doc__, ast.expr.__doc__[:40])
print(ast.FunctionDef._field_types["body"], ast.FunctionDef._field_types["returns"], ast.Name._field_types["id"])
print(ast.parse("a").body[0].value.ctx is ast.parse("b").body[0].value.ctx)
print(ast.Call(ast.Name("f")).args, ast.Return().value, ast.dump(ast.Name("x")))
print(isinstance(ast.Add(), ast.operator), issubclass(ast.If, ast.stmt), ast.arg("x").arg)
one = ast.parse("f(1, [2])")
print(ast.dump(copy.deepcopy(one)) == ast.dump(one), ast.dump(pickle.loads(pickle.dumps(one))) == ast.dump(one))

# literals
for text in ("1", "-1.5", "[1, (2, 'x'), {3: b'y'}, {4}, None, True]", "1+2j", "'\\ud800'", "set()", "  7"):
    print(ascii(ast.literal_eval(text)))
for text in ("f()", "1 + 2", "a", "[x for x in y]", "("):
    try:
        print(ast.literal_eval(text))
    except (ValueError, SyntaxError) as e:
        print(type(e).__name__, str(e).split(":")[0].split(" on line")[0])


# changing and compiling
class Double(ast.NodeTransformer):
    def visit_Constant(self, n):
        if isinstance(n.value, int):
            return ast.copy_location(ast.Constant(n.value * 2), n)
        return n


space = {}
code = compile(Double().visit(ast.parse("x = 1 + 3\ndef f(n=5): return n, x\n")), "<tree>", "exec")
exec(code, space)
print(space["x"], space["f"](), code.co_filename)
constant = ast.Expression(ast.Constant((1, -3, "\ud800", 2**80, -1j, frozenset({2}))))
print(ascii(eval(compile(ast.fix_missing_locations(constant), "<t>", "eval"))))
program = '''
import sys
class A[T]:
    "doc"
    __slots__ = ("v",)
    def __init__(self, v: T): self.v = v
    @staticmethod
    def make(*a, k=1, **kw): return [a, k, kw]
    def __iter__(self):
        yield from (x * 2 for x in self.v if x)
def match(v):
    match v:
        case [1, *rest] if rest: return "list", rest
        case {"k": x, **r}: return "dict", x, r
        case A(v=q): return "A", q
        case "a" | "b" as s: return s
    return None
out = [list(A([0, 1, 2])), A.make(1, 2, z=3), A.__doc__]
out += [match([1, 2]), match({"k": 1, "m": 2}), match(A(5)), match("b"), match(0)]
w, n = 8, 3.14159
out.append(f"{n:{w}.2f}|{n!r}|{n=:.1f}|{{}}")
out.append(t"{n:{w}} and {w!r}".interpolations)
try:
    raise ExceptionGroup("g", [ValueError(1), TypeError(2)])
except* ValueError as e:
    out.append(len(e.exceptions))
except* TypeError:
    pass
with open(sys.devnull) if False else __import__("contextlib").nullcontext(4) as cm:
    out.append(cm)
out.append([(lambda a, /, b=2, *c, d=4: (a, b, c, d))(1), (y := 5), *{**{"a": 1}}])
for i in range(3):
    if i == 1: continue
    elif i == 2: break
else:
    out.append("no")
del i
'''
for tree in (ast.parse(program), ast.parse(ast.unparse(ast.parse(program)))):
    space = {}
    exec(compile(tree, "<program>", "exec"), space)
    print(space["out"])

# names that no text could have, and places of errors
weird = ast.parse("x = 1\ny = x + 1")
for n in ast.walk(weird):
    if isinstance(n, ast.Name):
        n.id = "@" + n.id
space = {}
exec(compile(weird, "<w>", "exec"), space)
print(space["@y"])
late = ast.parse("def f():\n    return 1 / 0\n")
ast.increment_lineno(late, 40)
space = {}
exec(compile(late, "<late>", "exec"), space)
try:
    space["f"]()
except ZeroDivisionError as e:
    print(e.__traceback__.tb_next.tb_lineno, space["f"].__code__.co_firstlineno)

# wrong trees
name = lambda ctx=ast.Load(): ast.Name("x", ctx)


def module(*body):
    return ast.fix_missing_locations(ast.Module(list(body), []))


for wrong in (
    lambda: module(ast.Assign([name()], name())),
    lambda: module(ast.Expr(name(ast.Store()))),
    lambda: module(ast.Assign([], name())),
    lambda: module(ast.If(name(), [], [])),
    lambda: module(ast.FunctionDef("f", ast.arguments([], [], None, [], [], None, []), [], [])),
    lambda: module(ast.Expr(ast.BoolOp(ast.And(), [name()]))),
    lambda: module(ast.Expr(ast.Compare(name(), [], []))),
    lambda: module(ast.Expr(ast.Dict([name()], []))),
    lambda: module(ast.Expr(ast.Constant([1]))),
    lambda: module(ast.Expr(ast.Name("None", ast.Load()))),
    lambda: module(ast.Try([ast.Pass()], [], [], [])),
    lambda: module(ast.Raise(None, name())),
    lambda: module(ast.Import([])),
    lambda: module(ast.Expr(5)),
    lambda: module(5),
    lambda: module(ast.Expr(ast.ListComp(name(), []))),
    lambda: module(ast.Delete([ast.Constant(1)])),
    lambda: ast.Module([ast.Pass()], []),
    lambda: ast.Module(ast.Pass(), []),
    lambda: ast.Expression(name()),
    lambda: module(ast.Return(name())),
    lambda: module(ast.Nonlocal(["x"])),
    lambda: module(ast.Break()),
):
    try:
        compile(wrong(), "<wrong>", "exec")
    except (ValueError, TypeError, SyntaxError) as e:
        print(type(e).__name__, e)
    else:
        print("compiled")
try:
    ast.parse("f(")
except SyntaxError as e:
    print(e.msg, e.lineno, e.offset)
deep = ast.Name("x", ast.Load(), lineno=1, col_offset=0)
for _ in range(10**5):
    deep = ast.UnaryOp(ast.Not(), deep, lineno=1, col_offset=0)
try:
    compile(ast.Expression(deep), "<deep>", "eval")
except RecursionError:
    print("RecursionError")
while isinstance(deep, ast.UnaryOp):
    deep = deep.operand
