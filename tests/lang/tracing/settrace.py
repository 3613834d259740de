# What sys.settrace and sys.setprofile are told.
import linecache
import sys

events = []


def nothing(frame):
    """Lines without instructions of their own."""
    return linecache.getline(__file__, frame.f_lineno).strip() in ("try:", "pass")


def tracer(frame, event, arg):
    if event == "line" and nothing(frame):
        return tracer
    if event == "exception":
        arg = arg[0].__name__
    events.append((frame.f_code.co_name, event, frame.f_lineno - frame.f_code.co_firstlineno, arg))
    return tracer


def loop():
    total = 0
    for i in range(2):
        total += i
    return total


def fails():
    try:
        int("x")
    except ValueError:
        return 1


def numbers():
    yield 1
    yield 2


def passes_on():
    {}["k"]


def calls():
    x = list(numbers())
    try:
        passes_on()
    except KeyError:
        x = None
    return x


def traced(f):
    events.clear()
    sys.settrace(tracer)
    try:
        f()
    finally:
        sys.settrace(None)
    for e in events:
        if e[0] != "traced":
            print(*e)


for f in (loop, fails, calls):
    print("---", f.__name__)
    traced(f)

print("--- only calls")
events.clear()
sys.settrace(lambda frame, event, arg: events.append((frame.f_code.co_name, event)))
calls()
sys.settrace(None)
print(events)

print("--- profile")


def profiler(frame, event, arg):
    events.append((frame.f_code.co_name, event, getattr(arg, "__name__", arg)))


def native():
    len([])
    [].append(1)
    try:
        int("x")
    except ValueError:
        pass
    return loop()


events.clear()
sys.setprofile(profiler)
native()
sys.setprofile(None)
for e in events:
    print(*e)
print(sys.gettrace(), sys.getprofile())


def raises(frame, event, arg):
    if frame.f_code.co_name == "loop" and event == "line":
        raise RuntimeError("from the tracer")
    return raises


sys.settrace(raises)
try:
    loop()
except RuntimeError as e:
    print(e, sys.gettrace())


class Lines:
    def __call__(self, frame, event, arg):
        frame.f_trace_lines = False
        events.append(event)
        return self


events.clear()
sys.settrace(Lines())
loop()
sys.settrace(None)
print(events)
try:
    sys._getframe().f_lineno = 1
except ValueError as e:
    print(e)
