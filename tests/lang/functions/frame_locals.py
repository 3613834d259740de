# PEP 667: f_locals of a function's frame writes through; PEP 709: variables of inlined comprehensions are seen.
import sys


def writes(x):
    y = 1
    frame = sys._getframe()
    proxy = frame.f_locals

    def inner():
        return x

    proxy["y"] = 5
    proxy["x"] = 9
    proxy["extra"] = 6
    print(y, x, inner(), "extra" in proxy, proxy["extra"], len(proxy), sorted(proxy))
    print(type(proxy).__name__, frame.f_locals is not proxy, frame.f_locals == proxy, proxy.get("none"), proxy.setdefault("y", 0))
    del proxy["extra"]
    for change in (lambda: proxy.pop("y"), lambda: proxy.__delitem__("x"), lambda: proxy["missing"], lambda: proxy.__delitem__("q")):
        try:
            change()
        except (ValueError, KeyError) as e:
            print(type(e).__name__, e)
    proxy |= {"y": 7}
    print(y, proxy | {"z": 1} == {**proxy, "z": 1}, "extra" in locals())


writes(3)


def from_below():
    sys._getframe(1).f_locals["v"] = "changed"


def caller():
    v = "old"
    from_below()
    return v


print(caller())


def unbound():
    sys._getframe().f_locals["later"] = 1
    print(later)
    later = 2


unbound()


def comprehension():
    return [sorted(locals()) for b in range(1)]


print(comprehension(), comprehension.__code__.co_varnames)
print([k for q in [1] for k in sorted(locals()) if k == "q"])
print("q" in globals())


class C:
    names = [n for c in [1] for n in sorted(locals()) if n == "c"]


print(C.names)


def nested():
    return [[sorted(locals()) for b in (1,)] for a in (1,)]


print(nested())


def ended():
    w = 1
    return sys._getframe()


f = ended()
f.f_locals["w"] = 2
print(f.f_locals["w"], dict(f.f_locals))
