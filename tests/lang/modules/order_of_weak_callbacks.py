# Callbacks of weak references are called from the newest to the oldest; the plain reference comes first in lists of them.
import gc
import weakref


class Thing:
    pass


called = []
a = Thing()
plain = weakref.ref(a)
refs = [weakref.ref(a, lambda r, n=n: called.append(n)) for n in range(4)]
weakref.finalize(a, called.append, "finalize")
print(len(weakref.getweakrefs(a)), weakref.getweakrefs(a)[0] is plain, weakref.getweakrefs(a)[2:] == refs[::-1])
del refs[1]
del a
print(called)
called.clear()
b = Thing()
b.itself = b
refs = [weakref.ref(b, lambda r, n=n: called.append(n)) for n in range(4)]
del b
gc.collect()
print(called, [r() for r in refs])
