s = """a
b\
c
"""
print(repr(s), repr(r"\n\t"), repr(b"\x41\n"), repr(rb"\d"), repr("""q"q'q"""), repr('\'"'), "a" 'b' """c""")
print(repr(u"x"), R"\x", Rb"\y", bR"\z", 0XFF, 0B1, 0O7, 1E5, 1J, .5, 5., 1_0.0_1)
x = (1 +
     2
     # comment
     + 3)
y = [
    1, 2,
    3,
]
z = 1 + \
    2
print(x, y, z); print("two statements"); w = 5
if x: print("one line if"); print("both")
for i in 1, 2: print(i, end=" ")
print()
class A: a = 1; b = 2
print(A.a + A.b)
def f(): return 1; return 2
print(f())
print("tab\tend", "nul\0end" == "nul\x00end", "\1" == "\x01", "\0601", "\x7e", len("\N{NO-BREAK SPACE}"))
print("""\
no newline first""")
if True:
    pass; print("after pass")
while 0: pass
else: print("else")
print(1if 1else 2, [1,2][0]if True else 3)
lambda_with_default = lambda *, k=1: k
print(lambda_with_default(k=3), (lambda: (yield))() is not None)
