import traceback


def f():
    raise ValueError("x")


def g():
    f()


try:
    g()
except ValueError as e:
    text = traceback.format_exc()
    lines = text.split("\n")
    print(lines[0], lines[-2])
    print([fs.name for fs in traceback.extract_tb(e.__traceback__)])
    print([fs.lineno for fs in traceback.extract_tb(e.__traceback__)])
    print(traceback.format_exception_only(e))
print(traceback.extract_stack()[-1].name)
try:
    try:
        f()
    except ValueError:
        raise KeyError("k")
except KeyError as e:
    out = "".join(traceback.format_exception(e))
    print("During handling" in out, out.count("Traceback"))
import sys
te = traceback.TracebackException.from_exception(ValueError("t"))
print(list(te.format_exception_only()))
