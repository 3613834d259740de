# Objects that do what they should not do while they are compared, hashed, counted or destroyed: an error, and no crash.
import sys, gc, itertools
class E:
    def __init__(s, f): s.f = f
    def __eq__(s, o): return s.f()
    def __hash__(s): return 1
def attempt(name, f):
    try: r = f()
    except BaseException as e: print(name, type(e).__name__, str(e)[:70])
    else: print(name, "fine", repr(r)[:50])
def t1():
    d = {}
    n = itertools.count()
    def f():
        if next(n) < 50: d.clear(); [d.setdefault(i, 1) for i in range(100)]
        return False
    for i in range(5): d[E(f)] = i
    return len(d)
attempt("dict set", t1)
def t2():
    l = []
    def f(): l.clear(); return False
    l.extend(E(f) for i in range(10))
    return l.index(E(f))
attempt("list index", t2)
def t3():
    l = []
    def f(): l.clear(); return False
    l.extend(E(f) for i in range(10))
    return l.count(0), l == [0]*10, (3 in l)
attempt("list count", t3)
def t4():
    s = set()
    n = itertools.count()
    def f():
        if next(n) < 50: s.clear(); s.update(range(1000))
        return False
    for i in range(5): s.add(E(f))
    return len(s) >= 0, s & {E(f) for _ in range(1)} is not None
attempt("set", t4)
class H:
    def __hash__(s): raise ValueError("no hash")
for name, f in {"h1": lambda: {H(): 1}, "h2": lambda: {H()}, "h3": lambda: {}.get(H()), "h4": lambda: H() in {1}, "h5": lambda: frozenset([H()]), "h6": lambda: hash((H(),)), "h7": lambda: {}.pop(H(), 0)}.items(): attempt(name, f)
class H2:
    def __init__(s, v): s.v = v
    def __hash__(s): return s.v
attempt("hash str", lambda: {H2("x")})
attempt("hash big", lambda: len({H2(1 << 200), H2(-1), H2(-(1<<300))}))
class I:
    def __init__(s, f): s.f = f
    def __index__(s): return s.f()
attempt("i1", lambda: [1,2,3][I(lambda: 1 << 100)])
attempt("i2", lambda: [1,2,3][I(lambda: "x")])
attempt("i3", lambda: "abc"[I(lambda: 1/0)])
attempt("i4", lambda: "a" * I(lambda: 1 << 62))
attempt("i5", lambda: [0] * I(lambda: 1 << 62))
attempt("i6", lambda: b"a" * I(lambda: (1 << 63) - 1))
attempt("i7", lambda: bytes(I(lambda: 1 << 62)))
attempt("i8", lambda: bytearray(I(lambda: 1 << 62)))
attempt("i9", lambda: range(I(lambda: 1 << 200))[I(lambda: 1 << 199)])
def t5():
    l = list(range(100))
    def f(): l.clear(); return 1
    l[I(f):50:I(f)] = [1] * 3
    return l
attempt("slice", t5)
def t6():
    b = bytearray(100)
    def f(): b.clear(); return 50
    b[I(f)] = 1
attempt("ba", t6)
def t7():
    b = bytearray(100)
    def f(): b.clear(); return 65
    b[50] = I(f)
attempt("ba2", t7)
def t8():
    b = bytearray(100)
    def f(): b.clear(); return 65
    b[0:50] = [I(f)] * 10
    b.extend([I(f)]*3)
    b.insert(0, I(f)); b.append(I(f))
    return b.find(I(f))
attempt("ba3", t8)
def t9():
    l = list(range(50))
    def key(x): l.append(1); return x
    l.sort(key=key)
attempt("sort", t9)
class L:
    def __init__(s, l, v): s.l, s.v = l, v
    def __lt__(s, o): s.l.clear(); s.l.extend([1]*5); return s.v < o.v
def t10():
    l = []
    l.extend(L(l, i % 7) for i in range(50))
    l.sort()
attempt("sort2", t10)
class D:
    def __del__(s): global kept; kept = s; raise ValueError("in del")
sys.unraisablehook = lambda a: None
def t11():
    for i in range(1000): D()
    global kept
    kept = None
attempt("del", t11)
class D2:
    def __del__(s): D2() if len(gc.get_stats()) and next(counter) < 2000 else 0
counter = itertools.count()
attempt("del2", lambda: D2() and None)
def deep():
    x = None
    for i in range(300_000): x = [x]
    y = None
    for i in range(300_000): y = (y,)
    z = None
    for i in range(300_000): z = {1: z}
    class N: pass
    n = None
    for i in range(300_000):
        m = N(); m.n = n; n = m
    del x, y, z, n, m
attempt("deep", deep)
def deep2():
    x = []
    for i in range(100_000): x = [x]
    return repr(x)
attempt("deep repr", deep2)
def deep3():
    x = y = ()
    for i in range(100_000): x = (x,); y = (y,)
    return x == y
attempt("deep eq", deep3)
attempt("deep hash", lambda: hash(__import__("functools").reduce(lambda a, b: (a,), range(100000), ())))
def inf():
    while True: yield 1
for name, f in {"sum": lambda: sum(itertools.islice(inf(), 1000)), "any": lambda: any(iter(int, 0)) if 0 else 0}.items(): attempt(name, f)
class G:
    def __iter__(s): return s
    def __next__(s): return g2.send(None)
def g():
    yield from G()
g2 = g()
attempt("gen self", lambda: next(g2))
def chain():
    def one(x): yield from x
    it = iter([1])
    for i in range(100_000): it = one(it)
    return list(it)
attempt("chain", chain)
def chain2():
    it = iter([1])
    for i in range(100_000): it = map(int, it)
    return list(it)
def chain3():
    it = iter([1])
    for i in range(100_000): it = itertools.chain(it)
    return list(it)
def chain4():
    it = iter([1])
    for i in range(100_000): it = (x for x in it)
    return list(it)
attempt("chain4", chain4)
class R:
    def __getattr__(s, n): return getattr(s, n + "x" * 0)
attempt("getattr", lambda: R().a)
class Rp:
    def __repr__(s): return repr(s)
attempt("repr", lambda: repr(Rp()))
class Cl: 
    def __call__(s): return s()
Cl.__call__ = Cl()
attempt("call", lambda: Cl()())
attempt("iadd", lambda: exec("x = 'a'\nx += x * (1 << 62)"))
attempt("fmt", lambda: "%*d" % (1 << 40, 1))
attempt("fmt2", lambda: format(1, str(1 << 40)))
attempt("fmt3", lambda: f"{1:{1<<62}}")
attempt("pow", lambda: 1 << (1 << 62))
attempt("pow2", lambda: (1 << 100) ** (1 << 60))
attempt("zfill", lambda: "a".zfill(1 << 62))
attempt("ljust", lambda: "a".ljust(1 << 50))
attempt("join", lambda: ("a" * (1 << 20)).join(["b"] * (1 << 30)) if 0 else 0)
attempt("expandtabs", lambda: "\t".expandtabs(1 << 62))
attempt("repl", lambda: ("a" * 1000000).replace("a", "b" * 100_000_000_0) if 0 else 0)
attempt("tuple", lambda: (1,) * (1 << 60))
attempt("str int", lambda: int("1" * 100000))
attempt("int str", lambda: str(10 ** 100000))
