"""A handler that comes at a loop's back edge has the thread watched, and a function without loops ends that."""

import signal
import sys

mon = sys.monitoring
TOOL = mon.DEBUGGER_ID
mon.use_tool_id(TOOL, "test")
seen = []
mon.register_callback(TOOL, mon.events.LINE, lambda code, line: seen.append(code.co_name))


def handler(*_):
    global waiting
    waiting = False
    mon.set_events(TOOL, mon.events.LINE)


def quiet():
    mon.set_events(TOOL, 0)
    return 1


def spin():
    n = 0
    while waiting:
        n += 1
        n ** 20000
    total = quiet()
    total += 1
    return total, n > 1


signal.signal(signal.SIGALRM, handler)
for _ in range(5):
    waiting = True
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    print(spin(), seen[-2:])
    seen.clear()
mon.free_tool_id(TOOL)
