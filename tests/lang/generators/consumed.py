# Builtins that go over a generator expression, which traces follow item by item.
import builtins
def t(f):
    try: return f()
    except BaseException as e: return type(e).__name__, str(e)
xs=[3,1,2]
print(list(x*2 for x in xs), tuple(x for x in xs), set(x%2 for x in xs), sorted(-x for x in xs))
print(any(x>2 for x in xs), any(x>5 for x in xs), all(x for x in xs), all(x>1 for x in xs), any(x for x in ()), all(x for x in ()))
print(max(x for x in xs), min(x for x in xs), t(lambda: max(x for x in ())), t(lambda: min(x for x in ())))
print(sum(x for x in xs), sum(x for x in ()), sum(x/10 for x in xs), sum(0.1 for _ in range(10)), sum([0.1]*10))
print(", ".join(str(x) for x in xs), b"-".join(bytes([x+65]) for x in xs), t(lambda: "".join(x for x in xs)))
from fractions import Fraction
print(sum(Fraction(1,x) for x in xs), sum(x for x in [1, 2.5, 1j, 3]), sum(x for x in [10**30, 0.1, 0.1, 0.1]), sum([10**30,0.1,.1,.1]))
print(sum(x > 1 for x in xs), sum(x for x in [True, 2.0, 10**20]), t(lambda: sum(x for x in "ab")))
print(sum(x for x in [1e308, 1e308, -1e308]), sum(x for x in [1e100, 1.0, -1e100]), sum(x for x in [float("inf"), 1.0]), sum(x for x in [float("nan"), 1.0]))
def g(any, x): return any(i for i in x)
print(g(lambda it: list(it), xs))
print(t(lambda: tuple(1//x for x in [1,0])))
class B:
    def __bool__(self): raise ValueError("no")
    def __gt__(self, o): log.append("gt"); return True
log=[]
print(t(lambda: any(B() for _ in xs)), type(max(B() for _ in xs)).__name__, log)
class G:
    closed=[]
def gen():
    try:
        for i in range(5): yield i
    finally: G.closed.append(1)
print(any(i==2 for i in gen()), G.closed)
def f():
    tuple = 5
    list = lambda it: ("mine", *it)
    return list(i for i in xs)
print(f())
import sys, traceback
def bad():
    return sum(
        1 // (x - 2)
        for x in xs)
try: bad()
except ZeroDivisionError: 
    for fr in traceback.extract_tb(sys.exc_info()[2]): print(fr.name, fr.lineno - bad.__code__.co_firstlineno)
def bad2():
    return set([x] for x in xs)
try: bad2()
except TypeError as e:
    print(e)
    for fr in traceback.extract_tb(sys.exc_info()[2]): print(fr.name, fr.lineno - bad2.__code__.co_firstlineno)
builtins_any = builtins.any
builtins.any = lambda it: "patched"
print(any(x for x in xs)); builtins.any = builtins_any
print(any(x for x in xs))
calls=[]
sys.setprofile(lambda fr, ev, arg: calls.append((ev, arg.__name__)) if ev.startswith("c_") else None)
sum(x for x in xs)
sys.setprofile(None)
print(calls[:2])
def loop(n):
    r = 0
    for k in range(n):
        r += sum(i*k for i in range(5)) + max(i^k for i in range(4)) - min(i^k for i in range(4))
        r += len(tuple(i for i in range(k%4))) + len(set(i%3 for i in range(k%7)))
        r += any(i==k%9 for i in range(6)) + all(i<k for i in range(6))
        r += len(sorted(-i for i in range(k%3)))
        r += sum(i*0.5 for i in range(k%6))
        r += len(",".join(str(i) for i in range(k%5)))
    return r
print(loop(3000), loop(10))
def frac(n):
    r=0
    for k in range(n): r += sum(Fraction(1,i+1) for i in range(4)) > 2
    return r
print(frac(300))
