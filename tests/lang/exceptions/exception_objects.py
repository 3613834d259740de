e = ValueError("a", 1)
print(e, repr(e), e.args, str(ValueError()), repr(ValueError()), repr(ValueError("x")), str(KeyError("x")), str(KeyError()))


class My(Exception):
    def __init__(self, code, msg="m"):
        super().__init__(code, msg)
        self.code = code

    def __str__(self):
        return f"My<{self.code}>"


try:
    raise My(5)
except My as m:
    print(m, m.code, m.args, repr(m))
try:
    raise My
except TypeError as t:
    print(t)
e.add_note("note 1")
e.add_note("note 2")
print(e.__notes__)
try:
    e.add_note(1)
except TypeError as t:
    print(type(t).__name__)
o = OSError(2, "No such file", "name")
print(o, o.errno, o.strerror, o.filename, type(o).__name__, repr(o))
print(type(OSError(13, "x")).__name__, type(OSError(17, "x")).__name__, OSError("just") )
try:
    open("/no/such/file")
except FileNotFoundError as f:
    print(f)
s = StopIteration(5)
print(s.value, SystemExit(3).code, SystemExit().code)
u = UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad")
print(u, u.start, u.object)
print(UnicodeEncodeError("ascii", "é", 0, 1, "bad"))
print(ImportError("m", name="n", path="p").name, NameError("x", name="y").name, AttributeError("a", name="b", obj=3).obj)
print(BaseException.__subclasses__()[0].__name__ != "", issubclass(KeyError, LookupError), issubclass(ZeroDivisionError, ArithmeticError))
for name in "ArithmeticError AssertionError BufferError EOFError FloatingPointError GeneratorExit IndexError KeyboardInterrupt MemoryError ModuleNotFoundError NotImplementedError OverflowError PermissionError RecursionError ReferenceError StopAsyncIteration SyntaxError IndentationError TabError SystemError TimeoutError UnboundLocalError UserWarning DeprecationWarning ConnectionResetError BlockingIOError BrokenPipeError ChildProcessError InterruptedError IsADirectoryError NotADirectoryError ProcessLookupError PythonFinalizationError".split():
    cls = getattr(__import__("builtins"), name)
    print(name, cls.__base__.__name__, end="; ")
print()
import pickle
t = e.with_traceback(None)
print(t is e, e.__traceback__)
try:
    raise e
except ValueError as got:
    print(got.__traceback__.tb_lineno, got.__traceback__.tb_frame.f_code.co_name, got.__traceback__.tb_next)
x = ValueError()
x.__cause__ = KeyError("c")
print(x.__suppress_context__)
for attr, v in (("__cause__", 5), ("__context__", 5), ("__traceback__", 5), ("args", 5)):
    try:
        setattr(x, attr, v)
    except TypeError as t:
        print(t)
a, b = ValueError("a"), ValueError("b")
assert_ok = True
try:
    assert 1 == 2, "message"
except AssertionError as ae:
    print(ae, ae.args)
