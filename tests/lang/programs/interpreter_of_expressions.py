import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Num:
    value: float


@dataclass(frozen=True)
class Bin:
    op: str
    left: object
    right: object


@dataclass(frozen=True)
class Call:
    name: str
    args: tuple


TOKEN = re.compile(r"\s*(?:(\d+\.?\d*)|([a-z]+)|(.))")


def tokens(text):
    for number, name, op in TOKEN.findall(text):
        if number:
            yield "num", float(number)
        elif name:
            yield "name", name
        elif op.strip():
            yield "op", op
    yield "end", None


class Parser:
    def __init__(self, text):
        self.stream = tokens(text)
        self.advance()

    def advance(self):
        self.kind, self.value = next(self.stream)

    def expect(self, op):
        if self.value != op:
            raise SyntaxError(f"expected {op!r}, got {self.value!r}")
        self.advance()

    def expr(self, level=0):
        levels = [("+", "-"), ("*", "/"), ("^",)]
        if level == 3:
            return self.atom()
        left = self.expr(level + 1)
        while self.kind == "op" and self.value in levels[level]:
            op = self.value
            self.advance()
            left = Bin(op, left, self.expr(level + (op != "^")))
        return left

    def atom(self):
        match self.kind, self.value:
            case "num", v:
                self.advance()
                return Num(v)
            case "op", "(":
                self.advance()
                e = self.expr()
                self.expect(")")
                return e
            case "op", "-":
                self.advance()
                return Bin("-", Num(0.0), self.atom())
            case "name", n:
                self.advance()
                self.expect("(")
                args = [self.expr()]
                while self.value == ",":
                    self.advance()
                    args.append(self.expr())
                self.expect(")")
                return Call(n, tuple(args))
            case kind, value:
                raise SyntaxError(f"unexpected {value!r}")


def evaluate(node):
    match node:
        case Num(v):
            return v
        case Bin("+", l, r):
            return evaluate(l) + evaluate(r)
        case Bin("-", l, r):
            return evaluate(l) - evaluate(r)
        case Bin("*", l, r):
            return evaluate(l) * evaluate(r)
        case Bin("/", l, r):
            return evaluate(l) / evaluate(r)
        case Bin("^", l, r):
            return evaluate(l) ** evaluate(r)
        case Call("max", args):
            return max(map(evaluate, args))
        case Call(name, _):
            raise NameError(name)


for text in ("1 + 2 * 3", "(1 + 2) * 3", "-2 ^ 2", "max(1, 2 * 5, 3)", "2 ^ 3 ^ 2", "1 / 0", "foo(1)", "(1", "1 + ", "10 / 4 - 1"):
    try:
        print(text, "=", evaluate(Parser(text).expr()))
    except (ArithmeticError, SyntaxError, NameError) as e:
        print(text, "->", type(e).__name__, e)
print(Parser("1+f(2)").expr())
