# What a program says to its environment reaches the time zone and the programs that it starts.
import os, subprocess, sys, time
from datetime import datetime, timezone

for name in ["UTC+0", "EST+05EDT,M4.1.0,M10.5.0", "AEST-10AEDT-11,M10.5.0,M3.5.0", "<+03>-3", "CET-1CEST,M3.5.0,M10.5.0/3"]:
    os.environ["TZ"] = name
    time.tzset()
    print(name, time.tzname, time.timezone, time.altzone, time.daylight)
    for t in 0, 10**9, 1_700_000_000, 4 * 10**9, 1_414_891_800, 1_414_895_400:
        shown = time.localtime(t)
        print(tuple(shown), shown.tm_zone, shown.tm_gmtoff, time.mktime(shown) == t, time.strftime("%Z %z", shown), time.ctime(t))
        here = datetime.fromtimestamp(t)
        print(here, here.fold, here.timestamp() == t, here.astimezone())

os.environ["TZ"] = "EST5EDT,M3.2.0,M11.1.0"
time.tzset()
# Twice, once and never.
for day in (2014, 11, 2, 1, 30), (2014, 6, 2, 1, 30), (2014, 3, 9, 2, 30):
    print([time.mktime((*day, 0, 0, 0, summer)) for summer in (-1, 0, 1)])
    print([datetime(*day, fold=fold).astimezone(timezone.utc).isoformat() for fold in (0, 1)])

show = [sys.executable, "-c", "import os; print(os.environ.get('ANIMAL'), os.environ.get('PLANT'))"]


def child(**kw):
    return subprocess.run(show, capture_output=True, text=True, **kw).stdout.strip()


print(child())
os.environ["ANIMAL"] = "snake"
os.putenv("PLANT", "fern")
print(child(), "PLANT" in os.environ, child(env={**os.environ, "PLANT": "moss"}))
sys.stdout.flush()
print(os.waitstatus_to_exitcode(os.system("echo $ANIMAL $PLANT; exit 3")))
del os.environ["ANIMAL"]
os.unsetenv("PLANT")
print(child())
for wrong in "", "a=b":
    try:
        os.putenv(wrong, "x")
    except (ValueError, OSError) as e:
        print(type(e).__name__)

# What standard streams are written in.
for wish in None, "latin-1", "ascii:backslashreplace", ":replace":
    env = {**os.environ, "LANG": "C.UTF-8"}
    env.pop("PYTHONIOENCODING", None)
    if wish:
        env["PYTHONIOENCODING"] = wish
    code = "import sys; print(sys.stdout.errors, sys.stdin.errors, sys.stderr.errors, '\\xe9', flush=True)"
    print(wish, subprocess.run([sys.executable, "-c", code], capture_output=True, env=env).stdout)
env = {k: v for k, v in os.environ.items() if k not in ("LANG", "LC_ALL", "LC_CTYPE", "PYTHONIOENCODING")}
code = "import sys; print(sys.stdin.errors, sys.stdout.errors, sys.stderr.errors)"
print(subprocess.run([sys.executable, "-c", code], capture_output=True, env={**env, "LC_ALL": "C"}).stdout)
print(subprocess.run([sys.executable, "-c", "def f():\n    1/0\nf()"], capture_output=True, env=env).stderr.decode())
