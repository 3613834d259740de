from lark import Lark, Transformer, UnexpectedInput

grammar = r"""
?start: sum
?sum: product | sum "+" product -> add | sum "-" product -> sub
?product: atom | product "*" atom -> mul
?atom: NUMBER -> number | "-" atom -> neg | "(" sum ")"
%import common.NUMBER
%import common.WS_INLINE
%ignore WS_INLINE
"""


class Calc(Transformer):
    number = lambda self, t: float(t[0])
    add = lambda self, t: t[0] + t[1]
    sub = lambda self, t: t[0] - t[1]
    mul = lambda self, t: t[0] * t[1]
    neg = lambda self, t: -t[0]


for parser in ("lalr", "earley"):
    tree = Lark(grammar, parser=parser).parse("1 + 2 * -(3 - 4.5)")
    print(tree.pretty(), Calc().transform(tree))
try:
    Lark(grammar, parser="lalr").parse("1 + ) 2")
except UnexpectedInput as e:
    print(type(e).__name__, e.line, e.column)
