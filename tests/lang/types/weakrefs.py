import weakref
import gc
class A:
    def m(self): return "m"
    def __repr__(self): return "A()"
a = A()
r = weakref.ref(a, lambda r: print("callback", r() is None))
print(r() is a, weakref.getweakrefcount(a), r == weakref.ref(a), hash(r) == hash(a))
del a
print(r())
a = A()
p = weakref.proxy(a)
print(p.m(), repr(p) == "A()" or "weakproxy" in repr(p))
del a
try:
    p.m()
except ReferenceError as e:
    print(e)
d = weakref.WeakValueDictionary()
k = weakref.WeakKeyDictionary()
s = weakref.WeakSet()
a, b = A(), A()
d["a"], k[b] = a, "v"
s.add(a); s.add(b)
print(len(d), len(k), len(s), list(d.keys()), k[b])
del a
print(len(d), len(s))
del b
print(len(k), len(s))
for v in (1, "a", None, (), object()):
    try:
        weakref.ref(v)
    except TypeError as e:
        print(e)
wm = weakref.WeakMethod(A().m)
print(wm())
x = A()
wm = weakref.WeakMethod(x.m)
print(wm()())
f = weakref.finalize(x, print, "finalized", 1)
print(f.alive)
del x
print(f.alive)
c1, c2 = A(), A()
c1.o, c2.o = c2, c1
rc = weakref.ref(c1)
del c1, c2
gc.collect()
print(rc())
def fn(): pass
print(weakref.ref(fn)() is fn, weakref.ref(A)() is A)
