# Frames seen from outside while compiled code is inside a call: lines, variables and callers of functions that became part
# of the trace, of the loop itself, and of the functions around it.

import logging
import sys
import traceback
import warnings

TURNS = 60
seen = {}


def note(key, value):
    """Keeps what was seen, with the number of times, in order of appearance."""
    where = seen.setdefault(key, {})
    where[value] = where.get(value, 0) + 1


def show(key):
    for value, n in seen.pop(key).items():
        print(key, n, value)


# Not inlined, as it takes any number of arguments: a call from compiled code.
def callers(*names):
    f, out = sys._getframe(1), []
    while f is not None and f.f_code.co_name != "<module>":
        out.append((f.f_code.co_name, f.f_lineno - f.f_code.co_firstlineno))
        f = f.f_back
    return tuple(out)


def variables(level, *names):
    have = sys._getframe(level).f_locals
    return tuple((n, have.get(n, "none")) for n in names)


# The loop's own frame.
def own_frame():
    total = 0
    for i in range(TURNS):
        total += i
        note("own line", callers())
        note("own line", callers())
        if i >= TURNS - 3:
            note("own variables", variables(1, "i", "total", "later"))
    later = total
    return later


own_frame()
show("own line")
show("own variables")


# Functions that become part of the trace, three deep.
def inner(x, y):
    z = x + y
    note("deep", callers())
    if z % 20 == 0:
        note("deep variables", variables(1, "x", "y", "z"))
        note("deep variables", variables(2, "a", "b", "c"))
        note("deep variables", variables(3, "i", "out"))
    return z


def middle(a):
    b = a * 2
    c = inner(a, b)
    c += inner(a, 1)
    return c


def outer():
    out = 0
    for i in range(TURNS):
        out = middle(i)
        out = middle(i) + 1
    return out


outer()
show("deep")
show("deep variables")


# Native code that looks, called from a function that is inlined.
def direct(n):
    f = sys._getframe(0)
    g = sys._getframe(1)
    return f.f_code.co_name, f.f_lineno - f.f_code.co_firstlineno, g.f_code.co_name, n


def straight():
    for i in range(TURNS):
        r = direct(i % 2)
        note("direct", r)
        g = globals()["__name__"]
    return r


straight()
show("direct")


# Kinds of values: floats, big integers, bools, None, objects that the code need not build, unbound variables.
class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y


def spy(*_):
    have = sys._getframe(1).f_locals
    out = []
    for k in sorted(have):
        v = have[k]
        out.append((k, (v.x, v.y) if isinstance(v, Point) else v))
    return tuple(out)


def kinds(n):
    half = n / 2
    big = n + (1 << 60)
    flag = n > 10
    nothing = None
    p = Point(n, half)
    pair = (n, half)
    if n >= TURNS - 2:
        note("kinds", spy(n))
    p.x += 1
    if n > TURNS:
        unbound = 1
    return p.x + half + big


def run_kinds():
    s = 0.0
    for i in range(TURNS):
        s += kinds(i)
    return s


run_kinds()
show("kinds")


# Closures and cells.
def closure_loop():
    count = 0

    def bump(by):
        nonlocal count
        count += by
        inside = count
        if count % 50 == 0:
            note("closure", variables(1, "by", "count", "inside"))
            note("closure", variables(2, "count", "i"))
        return inside

    for i in range(TURNS):
        bump(1)
        bump(2)


closure_loop()
show("closure")


# Methods, properties, dunders and constructors.
class Looker:
    def __init__(self, n):
        self.n = n
        note("methods", callers(n))

    @property
    def prop(self):
        note("methods", callers())
        return self.n

    def __add__(self, other):
        note("methods", callers())
        return self.n + other

    def __getitem__(self, i):
        return self.method(i)

    def method(self, i):
        note("methods", callers())
        return i


def methods():
    t = 0
    for i in range(TURNS):
        o = Looker(i)
        t += o.prop
        t += o + 1
        t += o[2]
    return t


methods()
show("methods")


# Callbacks out of native code.
def callbacks():
    def key(x):
        note("callback", callers())
        return -x

    for i in range(TURNS):
        sorted([i, i + 1], key=key)
        list(map(key, [i]))


callbacks()
show("callback")


# Warnings and logging name the caller's line.
def deprecated(n):
    warnings.warn("old", DeprecationWarning, stacklevel=2)
    return n


def user(i):
    x = deprecated(i)
    y = deprecated(i)
    return x + y


def warned():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for i in range(TURNS):
            user(i)
    base = user.__code__.co_firstlineno
    for w in caught:
        note("warning", w.lineno - base)


warned()
show("warning")


class Keep(logging.Handler):
    def emit(self, record):
        note("log", (record.funcName, record.lineno - base_of[record.funcName], record.getMessage()[:4]))


log = logging.getLogger("frames")
log.addHandler(Keep())
log.propagate = False


def step(i):
    if i % 2:
        log.warning("odd %d", i)
    else:
        log.error("even %d", i)


def logged():
    for i in range(TURNS):
        step(i)
        log.warning("loop")


base_of = {f.__name__: f.__code__.co_firstlineno for f in (step, logged)}
logged()
show("log")


# Tracebacks of exceptions that pass, and of those that are caught in the middle.
def fails(i, *_):
    if i % 7 == 3:
        raise ValueError(i)
    return i


def passes(i):
    r = fails(i)
    return r + fails(i + 1)


def lines(tb):
    out = []
    while tb is not None:
        out.append((tb.tb_frame.f_code.co_name, tb.tb_lineno - tb.tb_frame.f_code.co_firstlineno))
        tb = tb.tb_next
    return tuple(out)


def caught():
    for i in range(TURNS):
        try:
            passes(i)
        except ValueError as e:
            note("traceback", lines(e.__traceback__))
            f = e.__traceback__.tb_next.tb_frame
            note("traceback back", (f.f_code.co_name, f.f_back.f_code.co_name, f.f_locals["i"] % 7))


caught()
show("traceback")
show("traceback back")


def printed(*_):
    stack = traceback.extract_stack()[-3:-1]
    return tuple((s.name, s.line) for s in stack)


def asks(i):
    return printed(i)  # asks


def stacks():
    for i in range(TURNS):
        note("stack", asks(i))  # stacks


stacks()
show("stack")


# A frame that is kept shows the parameters of that call.
kept = []


def keeper(*_):
    kept.append(sys._getframe(1))


def makes(i):
    here = i * 3
    keeper()
    return here


def keeps():
    for i in range(TURNS):
        makes(i)


keeps()
print(len(kept), sum(f.f_locals["i"] for f in kept), {f.f_code.co_name for f in kept})


# Comprehensions and loops in loops.
def nested():
    for i in range(12):
        for j in range(12):
            note("nested", callers())
        [note("nested", callers()) for k in range(3)]
        if i == 11:
            note("nested variables", variables(1, "i", "j"))


nested()
show("nested")
show("nested variables")


# Of this thread, among all.
def all_frames(*_):
    import threading

    f = sys._current_frames()[threading.get_ident()]
    return f.f_code.co_name, f.f_back.f_code.co_name, f.f_back.f_lineno - f.f_back.f_code.co_firstlineno


def current():
    for i in range(TURNS):
        note("current", all_frames(i))


current()
show("current")
