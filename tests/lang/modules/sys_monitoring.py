import sys
m = sys.monitoring
print(m.DEBUGGER_ID, m.COVERAGE_ID, m.PROFILER_ID, m.OPTIMIZER_ID)
print(m.get_tool(1), m.use_tool_id(1, "mine"), m.get_tool(1), m.get_events(1))
print(m.register_callback(1, m.events.LINE, print), m.register_callback(1, m.events.LINE, None))
for call in [
    lambda: m.use_tool_id(1, "other"), lambda: m.use_tool_id(6, "x"), lambda: m.use_tool_id(2, 3),
    lambda: m.set_events(2, 1), lambda: m.set_events(1, 1 << 30), lambda: m.set_events(1, m.events.C_RETURN),
    lambda: m.register_callback(1, 3, None), lambda: m.get_local_events(1, 3),
]:
    try:
        print(call())
    except (ValueError, TypeError) as e:
        print(type(e).__name__, e)
m.set_events(1, 0)
m.free_tool_id(1)
print(m.get_tool(1), m.events.LINE, m.events.NO_EVENTS, m.events.BRANCH)
print("json" in sys.stdlib_module_names, "numpy" in sys.stdlib_module_names, type(sys.stdlib_module_names).__name__)
