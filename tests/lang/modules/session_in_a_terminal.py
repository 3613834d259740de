"""The interactive session in a terminal: what a user sees of it."""

import os
import pty
import re
import select
import sys
import tempfile
import termios

home = tempfile.mkdtemp()
env = {"TERM": "xterm-256color", "HOME": home, "PATH": os.environ.get("PATH", ""), "PYTHON_HISTORY": home + "/history"}


class Session:
    def __init__(self, *args):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(sys.executable, [sys.executable, *args], env)
        self.raw = self.seen = ""
        self.wait_for_prompt()

    def wait_for(self, what, seconds=60):
        """What comes until `what` has come, escapes taken out; `seen` is how much of it has been waited for."""
        while True:
            text = re.sub(r"\x1b(\[[?0-9;]*[a-zA-Z]|[=>])|\r", "", self.raw)
            new = text.removeprefix(self.seen)
            if what in new:
                end = len(text) - len(new) + new.index(what) + len(what)
                before, self.seen = self.seen, text[:end]
                return self.seen[len(before):]
            if not select.select([self.fd], [], [], seconds)[0]:
                raise TimeoutError(f"{what!r} not in {new!r}")
            try:
                part = os.read(self.fd, 10000)
            except OSError:
                part = b""
            if not part:
                return ""
            self.raw += part.decode("utf-8", "replace")

    def send(self, text):
        os.write(self.fd, text.encode())

    def ask(self, line, answer):
        """Types a line; whether the answer comes."""
        self.send(line + "\r")
        return answer in self.wait_for("\n" + answer)

    def wait_for_prompt(self):
        """The prompt, and that keys are read one by one: a Ctrl-D typed before that is lost."""
        self.wait_for(">>> ")
        self.wait_for_lines(False)

    def wait_for_lines(self, lines=True):
        """Until the terminal gives whole lines to who reads it, as it does while a statement runs, or keys."""
        while bool(termios.tcgetattr(self.fd)[3] & termios.ICANON) != lines:
            select.select([], [], [], 0.01)

    def interrupt(self):
        """Ctrl-C. At a prompt, a line that was just being drawn is drawn again first, its prompt as well."""
        self.send("\x03")
        self.wait_for("KeyboardInterrupt")
        self.wait_for_prompt()

    def end(self):
        self.wait_for("\0")
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


s = Session()
print("sum", s.ask("20 + 22", "42"))
print("last value", s.ask("_ + 1", "43"))
s.send("def f(x):\rreturn x / 0\r\r")
s.send("f(3)\r")
text = s.wait_for("division by zero")
print("source lines", "    f(3)\n    ~^^^" in text, "    return x / 0" in text, "\x1b[" in s.raw.rsplit("Traceback")[1])
s.send("1 +\r")
print("error in the text", "    1 +\n" in s.wait_for("invalid syntax"))
s.send("while True: pass\r")
print("more lines", "..." in s.wait_for("... "))
s.send("\r")
s.wait_for_lines()
select.select([], [], [], 0.2)
s.send("\x03")
print("interrupted", "KeyboardInterrupt" in s.wait_for("KeyboardInterrupt"))
s.wait_for_prompt()
s.send("f.__qualn\t")
print("completion", "f.__qualname__" in s.wait_for("f.__qualname__"))
s.interrupt()
s.send("\x1b[200~for n in range(2):\n    print('row', n)\n\nprint('pasted')\n\x1b[201~")
s.wait_for("print('pasted')")
select.select([], [], [], 0.5)
s.send("\r")
print("pasted", "row 0\nrow 1\npasted" in s.wait_for("\npasted"))
print("hooks", s.ask("import sys; sys.excepthook is sys.__excepthook__", "True"))
s.send("exit(4)\r")
print("status", s.end())
s = Session("-q")
s.send("\x1bOA")
print("history", "exit(4)" in s.wait_for("exit(4)"))
s.interrupt()
s.send("\x04")
print("status", s.end())
with open(home + "/history") as f:
    lines = f.read().splitlines()
print("kept", lines[0], lines[-1])

# An uncaught exception of a program is printed in colours as well.
pid, fd = pty.fork()
if pid == 0:
    os.execve(sys.executable, [sys.executable, "-c", "def g():\n    return {}['key']\ng()"], env)
text = b""
try:
    while part := os.read(fd, 10000):
        text += part
except OSError:
    pass
os.waitpid(pid, 0)
print("colours", b"\x1b[" in text, b"return" in text, b"KeyError" in text)
