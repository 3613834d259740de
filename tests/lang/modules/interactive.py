"""The interactive session on a terminal: editing of several lines, history, completion, colours."""
import os
import re
import select
import subprocess
import sys
import tempfile
import time

home = tempfile.mkdtemp()
env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON") and k not in ("NO_COLOR", "FORCE_COLOR")}
env.update(TERM="xterm-256color", HOME=home, PYTHON_HISTORY=os.path.join(home, "history"), PYTHONSTARTUP="")


def drain(master, wanted, seconds=20):
    """Reads until the text, without its escape sequences, has what is wanted."""
    raw = ""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if select.select([master], [], [], 0.1)[0]:
            try:
                raw += os.read(master, 65536).decode("utf-8", "replace")
            except OSError:
                break
        if wanted in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]", "", raw):
            break
    return raw


def session(steps):
    master, slave = os.openpty()
    p = subprocess.Popen([sys.executable, "-q"], stdin=slave, stdout=slave, stderr=slave, env=env, start_new_session=True)
    os.close(slave)
    results = [drain(master, ">>>")]
    for typed, wanted in steps:
        os.write(master, typed.encode())
        results.append(drain(master, wanted))
        print(repr(typed), wanted in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]", "", results[-1]))
    # What is typed before the prompt is there may be thrown away.
    for _ in range(40):
        drain(master, "\0", 0.3)
        if p.poll() is not None:
            break
        os.write(master, b"\x04")
    p.kill()
    p.wait()
    os.close(master)
    return results


results = session([
    ("'ab' * 3\r", "'ababab'"),
    ("def f(x):\r", "..."),
    ("return x * 1000\r", "..."),
    ("\r", ">>>"),
    ("f(7)\r", "7000"),
    ("import string\r", ">>>"),
    ("string.ascii_lo\t", "wercase"),
    ("\r", "abcdefghijklmnopqrstuvwxyz"),
    ("1 / 0\r", "ZeroDivisionError: division by zero"),
    ("\x10\x10\x10\x10", ""),
    ("\r", "7000"),
    ("'x\r", "SyntaxError"),
    ("12 + _\r", "7012"),
])
print("kept", "string.ascii_lowercase" in open(env["PYTHON_HISTORY"]).read())
