# Errors that the scope analysis finds inside functions and classes inside blocks.
for src in [
    "if 1:\n    def f(a):\n        def g(s):\n            from sys import *\n            return x\n        return g\n",
    "while 1:\n    class A:\n        def f():\n            nonlocal q\n",
    "with a:\n    try:\n        def f(b, b): pass\n    except E:\n        pass\n",
    "for i in j:\n    if i:\n        async def f():\n            def g(): __debug__ = 1\n",
]:
    try:
        compile(src, "s", "exec")
    except SyntaxError as e:
        print(e.msg, e.lineno)
