import sys
print(sys.argv[0].endswith("global_state_isolation.py"), sys.argv[1:])
print(type(sys.path) is list, sys.stdout is sys.__stdout__, sys.getdefaultencoding(), sys.implementation.name != "")
print(sys.flags.optimize, isinstance(sys.platform, str), sys.maxunicode, sys.getrecursionlimit())
old = sys.stdout
import io
sys.stdout = buf = io.StringIO()
print("captured")
sys.stdout = old
print(buf.getvalue().strip())
print("to stderr", file=sys.stderr) if False else print("x", file=sys.stdout, flush=True)
class W:
    def write(self, s): old.write("<" + s.strip() + ">")
print("obj", file=W())
print()
def hook(v): old.write("hook " + repr(v) + "\n")
sys.displayhook = hook
exec(compile("1 + 1", "x", "single"))
print(sys.exc_info())
try:
    print("a", sep=1)
except TypeError as e:
    print(e)
try:
    print("a", bogus=1)
except TypeError as e:
    print(e)
