eg = ExceptionGroup("eg", [ValueError(1), TypeError(2), ExceptionGroup("in", [KeyError(3), ValueError(4)])])
print(eg, repr(eg), eg.message, len(eg.exceptions))
try:
    raise eg
except* ValueError as v:
    print("V", v.exceptions)
except* (TypeError, KeyError) as t:
    print("T", t.exceptions)
m, r = eg.split(ValueError)
print(m, r)
print(eg.subgroup(lambda e: isinstance(e, KeyError)))
print(eg.subgroup(OSError), eg.derive([ValueError(9)]))
try:
    try:
        raise ExceptionGroup("g", [ValueError(1), OSError(2)])
    except* ValueError:
        print("handled")
except ExceptionGroup as rest:
    print("rest", repr(rest))
try:
    raise ValueError("plain")
except* ValueError as e:
    print(type(e).__name__, e.exceptions)
try:
    try:
        raise ExceptionGroup("g", [ValueError(1), TypeError(2)])
    except* ValueError:
        raise KeyError("new")
    except* TypeError:
        raise IndexError("other")
except ExceptionGroup as e:
    print(repr(e))
try:
    try:
        raise ExceptionGroup("g", [ValueError(1)])
    except* ValueError as e:
        raise
except ExceptionGroup as e:
    print("reraised", repr(e))
for f in (lambda: ExceptionGroup("x", []), lambda: ExceptionGroup("x", [1]), lambda: ExceptionGroup(1, [ValueError()]),
          lambda: ExceptionGroup("x", [KeyboardInterrupt()])):
    try:
        f()
    except (ValueError, TypeError) as e:
        print(type(e).__name__, e)
print(repr(BaseExceptionGroup("b", [KeyboardInterrupt()])), type(BaseExceptionGroup("b", [ValueError()])).__name__)
try:
    try:
        pass
    except* ValueError:
        pass
    else:
        print("else")
    finally:
        print("finally")
    try:
        raise ValueError
    except* ExceptionGroup:
        pass
except TypeError as e:
    print(e)


def loop():
    for i in range(2):
        try:
            raise ExceptionGroup("l", [ValueError(i)])
        except* ValueError as e:
            print("loop", i, e.exceptions[0])


loop()
