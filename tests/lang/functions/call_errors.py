# The messages of TypeError for wrong calls.
def call(source):
    try:
        eval(source)
    except TypeError as e:
        print(source, "->", e)
    else:
        print(source, "-> no error")


def f0(): pass
def f1(a): pass
def f2(a, b): pass
def f3(a, b, c): pass
def fd(a, b=1): pass
def fp(a, b, /): pass
def fk(*, a, b): pass
def fk1(*, a): pass
def fkd(a, *, b=1): pass
def fv(*args): pass


class C:
    def m(self, x): pass
    @classmethod
    def c(cls, x): pass
    @staticmethod
    def s(x): pass


class D:
    def __init__(self, x): pass


call("f0(1)")
call("f0(1, 2)")
call("f0(x=1)")
call("f1()")
call("f1(1, 2)")
call("f1(1, a=2)")
call("f1(b=2)")
call("f2()")
call("f2(1)")
call("f2(b=1)")
call("f3()")
call("f3(1, 2, 3, 4)")
call("fd()")
call("fd(1, 2, 3)")
call("fp(1, b=2)")
call("fp(a=1, b=2)")
call("fp()")
call("fk()")
call("fk(a=1)")
call("fk(1)")
call("fk1()")
call("fk1(1, a=1)")
call("fkd(1, 2)")
call("fkd(1, 2, b=3)")
call("fv(x=1)")
call("C().m()")
call("C().m(1, 2)")
call("C.m()")
call("C.c()")
call("C.s()")
call("C.s(1, 2)")
call("D()")
call("D(1, 2)")
call("C(1)")
call("f1(**{1: 2})")
call("f1(**{'a': 1}, **{'a': 2})")
call("f1(*[1], a=2)")
call("C()()")
call("len()")
call("len(1)")
call("len(1, 2)")
call("object(1)")
