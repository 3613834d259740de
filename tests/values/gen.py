"""Makes values.txt: expressions over numbers, text and bytes, each as a stack program, with CPython's answer.

    python3.X gen.py answers values.txt > a.txt     the first column's expressions, answered by this Python
    python3 gen.py merge a.txt b.txt > values.txt   where two versions differ, both answers are kept
"""

import ast
import sys
import types

OPERATORS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.LShift: "<<", ast.RShift: ">>", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.Pow: "**",
    ast.Lt: "<", ast.LtE: "<=", ast.Eq: "==", ast.NotEq: "!=", ast.Gt: ">", ast.GtE: ">=",
    ast.In: "in", ast.NotIn: "notin", ast.USub: "neg", ast.UAdd: "pos", ast.Invert: "inv",
}  # fmt: skip


def compile_to(node, out):
    match node:
        case ast.Expression():
            compile_to(node.body, out)
        case ast.Constant(value=None | bool() | types.EllipsisType()):
            out.append(f"k{node.value}")
        case ast.Constant(value=int(v)):
            out.append(f"i{v}")
        case ast.Constant(value=float(v)):
            out.append("f" + v.hex())
        case ast.Constant(value=complex() as v):
            out.append("c" + v.imag.hex())
        case ast.Constant(value=str(v)):
            out.append("s" + ".".join("%x" % ord(c) for c in v))
        case ast.Constant(value=v):
            out.append("b" + v.hex())
        case ast.Name():
            out.append("n" + node.id)
        case ast.Call():
            for part in [node.func, *node.args, *(k.value for k in node.keywords)]:
                compile_to(part, out)
            out.append(f"C{len(node.args)}:{','.join(k.arg for k in node.keywords)}")
        case ast.Attribute():
            compile_to(node.value, out)
            out.append("a" + node.attr)
        case ast.Subscript():
            compile_to(node.value, out)
            compile_to(node.slice, out)
            out.append("S")
        case ast.Slice():
            for part in (node.lower, node.upper, node.step):
                compile_to(part or ast.Constant(None), out)
            out.append("L")
        case ast.BinOp():
            compile_to(node.left, out)
            compile_to(node.right, out)
            out.append("o" + OPERATORS[type(node.op)])
        case ast.UnaryOp():
            compile_to(node.operand, out)
            out.append("u" + OPERATORS[type(node.op)])
        case ast.Compare():
            compile_to(node.left, out)
            compile_to(node.comparators[0], out)
            out.append("o" + OPERATORS[type(node.ops[0])])
        case ast.Tuple() | ast.List():
            for part in node.elts:
                compile_to(part, out)
            out.append(("T" if isinstance(node, ast.Tuple) else "V") + str(len(node.elts)))
        case ast.Dict():
            for key, value in zip(node.keys, node.values):
                compile_to(key, out)
                compile_to(value, out)
            out.append(f"D{len(node.keys)}")
        case _:
            raise SystemExit("cannot compile " + ast.dump(node))


def escape(text):
    return text.encode("unicode_escape").decode()


def answers(path):
    for line in open(path):
        source = line.rstrip("\n").split("\t")[0].encode().decode("unicode_escape")
        tree = ast.parse(source, mode="eval")
        out = []
        compile_to(tree, out)
        try:
            answer = repr(eval(compile(tree, "", "eval")))
        except BaseException as e:
            answer = f"{type(e).__name__}: {e}"
        print(escape(source), " ".join(out), escape(answer), sep="\t")


def merge(first, second):
    for a, b in zip(open(first), open(second), strict=True):
        a, b = a.rstrip("\n").split("\t"), b.rstrip("\n").split("\t")
        assert a[:2] == b[:2]
        print(*(a if a[2] == b[2] else [*a, b[2]]), sep="\t")


if __name__ == "__main__":
    {"answers": answers, "merge": merge}[sys.argv[1]](*sys.argv[2:])
