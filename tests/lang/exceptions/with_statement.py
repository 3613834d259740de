class CM:
    def __init__(self, name, swallow=False):
        self.name, self.swallow = name, swallow

    def __enter__(self):
        print("enter", self.name)
        return self.name

    def __exit__(self, t, v, tb):
        print("exit", self.name, t and t.__name__, v, tb is not None)
        return self.swallow


with CM("a") as a, CM("b") as b:
    print(a, b)
with CM("s", True):
    raise ValueError("swallowed")
try:
    with CM("o"), CM("i"):
        raise KeyError("k")
except KeyError as e:
    print("out", e)
with (CM("p1") as x, CM("p2") as y,):
    print(x, y)


def f():
    with CM("ret"):
        return 1


print(f())
for i in range(2):
    with CM(i):
        if i == 0:
            continue
        break


class NoExit:
    def __enter__(self): pass


class NoEnter:
    def __exit__(self, *a): pass


for c in (NoExit, NoEnter, int):
    try:
        with c():
            pass
    except TypeError as e:
        print(type(e).__name__, str(e).split(" (")[0])


class ExitRaises:
    def __enter__(self): return self

    def __exit__(self, *a):
        raise RuntimeError("in exit")


try:
    with ExitRaises():
        raise ValueError("body")
except RuntimeError as e:
    print(e, repr(e.__context__))
with CM("target") as [c0, *c1]:
    print(c0, c1)
import contextlib


@contextlib.contextmanager
def cm(v):
    print("start")
    try:
        yield v
    except ValueError as e:
        print("saw", e)
    finally:
        print("stop")


with cm(5) as v:
    print(v)
with cm(6):
    raise ValueError("x")
with contextlib.suppress(KeyError):
    {}["a"]
with contextlib.ExitStack() as st:
    st.enter_context(CM("stack"))
    st.callback(print, "callback")
with contextlib.nullcontext(3) as n:
    print(n)
with contextlib.closing(open("/dev/null")) as fh:
    pass
print(fh.closed)
import io
with contextlib.redirect_stdout(io.StringIO()) as out:
    print("hidden")
print(out.getvalue())
