import gc
print(gc.isenabled(), type(gc.collect()).__name__, len(gc.get_threshold()), len(gc.get_count()))
gc.disable()
print(gc.isenabled())
gc.enable()


class A: pass


a = A()
a.self = a
del a
print(gc.collect() >= 1)
l = []
l.append(l)
print(gc.is_tracked(l), gc.is_tracked(1), gc.is_tracked("a"))
del l
print(gc.collect() >= 1)


def make_cycles(n):
    for _ in range(n):
        d = {}
        d["d"] = d
        f = lambda: f
        class C: pass
        g = (x for x in [g_holder for g_holder in [d]])


make_cycles(50)
print(gc.collect() > 0)
print(gc.collect() == 0 or gc.collect() == 0)
o = A()
print(any(x is o.__dict__ or x is A for x in gc.get_referents(o)) or True, gc.garbage)
gc.freeze()
gc.unfreeze()
gc.callbacks.append(lambda phase, info: print("gc", phase, sorted(info)))
gc.collect()
gc.callbacks.clear()
