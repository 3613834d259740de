# sys.monitoring: events, local events, turning places off.
import linecache
import sys

m = sys.monitoring
TOOL = 3
m.use_tool_id(TOOL, "test")
got = []


def record(name):
    def callback(code, *args):
        if name == "LINE" and linecache.getline(__file__, args[0]).strip() in ("try:", "pass"):
            return
        if code.co_name in ("work", "numbers", "fails"):
            kept = args[0] - code.co_firstlineno if name == "LINE" else [a for a in args[1:] if not isinstance(a, int) or name == "PY_RETURN"]
            got.append((name, code.co_name, kept))
    return callback


def numbers():
    yield 1


def fails():
    raise ValueError("no")


def work(n):
    for i in numbers():
        n += i
    try:
        fails()
    except ValueError:
        pass
    return n


def run(names, local=None):
    got.clear()
    events = 0
    for name in names:
        m.register_callback(TOOL, getattr(m.events, name), record(name))
        events |= getattr(m.events, name)
    if local:
        m.set_local_events(TOOL, local, events)
    else:
        m.set_events(TOOL, events)
    work(1)
    m.set_events(TOOL, 0)
    if local:
        m.set_local_events(TOOL, local, 0)
    print(*names)
    for g in got:
        print("   ", *map(str, g))


run(["PY_START", "PY_RETURN", "PY_YIELD", "PY_RESUME", "PY_UNWIND"])
run(["LINE"])
run(["RAISE", "EXCEPTION_HANDLED"])
run(["LINE"], fails.__code__)

count = 0


def once(code, line):
    global count
    if code is numbers.__code__:
        count += 1
    return m.DISABLE


m.register_callback(TOOL, m.events.LINE, once)
m.set_events(TOOL, m.events.LINE)
for _ in range(5):
    work(1)
first = count
m.restart_events()
work(1)
m.set_events(TOOL, 0)
print(first, count)
print(m.get_tool(TOOL), m.get_events(TOOL))
m.free_tool_id(TOOL)
print(m.get_tool(TOOL))
for call in (lambda: m.set_events(TOOL, 1), lambda: m.use_tool_id(9, "x"), lambda: m.set_local_events(2, work.__code__, 1 << 12)):
    try:
        call()
    except Exception as e:
        print(type(e).__name__, e)
