def g():
    x = yield 1
    print("got", x)
    y = yield 2
    print("got", y)
    return 3


it = g()
print(next(it), it.send("a"))
try:
    it.send("b")
except StopIteration as e:
    print("value", e.value)
try:
    next(it)
except StopIteration as e:
    print("again", e.value)
it = g()
try:
    it.send(1)
except TypeError as e:
    print(e)


def closing():
    try:
        yield 1
        yield 2
    except GeneratorExit:
        print("exit")
        raise
    finally:
        print("finally")


c = closing()
next(c)
c.close()
c.close()
print(list(c))


def bad():
    try:
        yield
    except GeneratorExit:
        yield 5


b = bad()
next(b)
try:
    b.close()
except RuntimeError as e:
    print(e)


def catches():
    while True:
        try:
            yield "ready"
        except ValueError as e:
            yield ("caught", str(e))


t = catches()
print(next(t), t.throw(ValueError("boom")), next(t))
try:
    t.throw(KeyError("k"))
except KeyError as e:
    print("out", e)
try:
    next(t)
except StopIteration:
    print("stopped")


def stop():
    yield 1
    raise StopIteration("x")


s = stop()
next(s)
try:
    next(s)
except RuntimeError as e:
    print(e, repr(e.__cause__))


def again():
    yield next(me)


me = again()
try:
    next(me)
except ValueError as e:
    print(e)
print(sum(x * x for x in range(10)), list(x for x in "ab" for _ in range(2)))
gen = (x for x in [1])
print(gen.gi_frame is not None, gen.gi_running, gen.gi_yieldfrom)
print(type(gen).__name__, gen.__name__, g().__qualname__)


def ret():
    return 7
    yield


print(list(ret()))


def closed_value():
    try:
        yield 1
    except GeneratorExit:
        return "done"


cv = closed_value()
next(cv)
print(cv.close())
