"""Programs that are after the interpreter's life: CPython's `Lib/test/crashers`, and what is listed in the suite itself.

Each has to end with a clear error, or without one, or to go on until it is interrupted, and then to end at once.
"""

import glob
import os
import signal
import subprocess

from .common import last_line

#: Seconds after which a program is interrupted, and after which it then has to have ended.
LONG, GRACE = 10, 20

PROGRAMS = {
    "nested brackets": "eval('(' * 100_000 + ')' * 100_000)",
    "nested lists": "eval('[' * 100_000 + ']' * 100_000)",
    "nested operators": "eval('-' * 100_000 + '1')",
    "nested blocks": "exec('\\n'.join(' ' * n + 'if 1:' for n in range(5000)) + '\\n' + ' ' * 5000 + 'pass')",
    "nested attributes": "eval('a' + '.a' * 100_000, {'a': 1})",
    "nested comparisons": "eval('1' + '<1' * 100_000)",
    "a line of ten megabytes": "print(len(eval('[' + '1,' * 5_000_000 + ']')))",
    "a name of ten megabytes": "exec('a' * 10_000_000 + '= 1')",
    "an endless generator in a list": "import resource\nresource.setrlimit(resource.RLIMIT_AS, (2 << 30,) * 2)\ndef g():\n    while 1: yield [0] * 1000\nlist(g())",
    "an endless generator in sum": "import itertools\nsum(itertools.repeat(1))",
    "an endless generator in a set": "def g():\n    while 1: yield 1\nset(g())",
    "an endless iterator in ''.join": "import resource\nresource.setrlimit(resource.RLIMIT_AS, (2 << 30,) * 2)\nimport itertools\n''.join(itertools.repeat('x' * 1000))",
    "repr of what contains itself deeply": "a = []\nfor _ in range(100_000): a = [a]\nrepr(a)",
    "destroying what is deeply nested": "a = []\nfor _ in range(1_000_000): a = [a]\ndel a",
    "comparing what is deeply nested": "a, b = [], []\nfor _ in range(100_000): a, b = [a], [b]\na == b",
    "hashing what is deeply nested": "a = ()\nfor _ in range(100_000): a = (a,)\nhash(a)",
    "copying what is deeply nested": "import copy\na = []\nfor _ in range(100_000): a = [a]\ncopy.deepcopy(a)",
    "pickling what is deeply nested": "import pickle\na = []\nfor _ in range(100_000): a = [a]\npickle.dumps(a)",
    "json that is deeply nested": "import json\njson.loads('[' * 100_000)",
    "recursion": "def f(): f()\nf()",
    "recursion through __getattr__": "class A:\n    def __getattr__(self, n): return getattr(self, n)\nA().x",
    "recursion through __repr__": "class A:\n    def __repr__(self): return repr(self)\nrepr(A())",
    "recursion through __eq__": "class A:\n    def __eq__(self, o): return self == o\nA() == A()",
    "recursion through __hash__": "class A:\n    def __hash__(self): return hash(self)\n{A()}",
    "recursion through __call__": "class A: pass\nA.__call__ = A()\nA()()",
    "recursion through __index__": "class A:\n    def __index__(self): return [0][self]\n[0][A()]",
    "recursion through __del__": "class A:\n    def __del__(self): A()\nimport sys\nsys.setrecursionlimit(500)\nA()",
    "__eq__ that changes the list": "class A:\n    def __eq__(self, o): l.clear(); return False\nl = [A() for _ in range(9)]\nl.index(1) if 1 in l else print(l)\nl[:] = [A()] * 9\nl.remove(3)",
    "__eq__ that changes the dict": "class A:\n    def __hash__(self): return 1\n    def __eq__(self, o): d.clear(); return False\nd = {}\nfor n in range(50): d[A()] = n\nprint(len(d))",
    "__hash__ that changes the set": "class A:\n    def __hash__(self): s.clear(); return 1\ns = set(range(9))\nfor _ in range(50): s.add(A()); s.discard(A())",
    "__index__ that changes the list": "class A:\n    def __index__(self): l.clear(); return 5\nl = list(range(9))\ntry: l[A()]\nexcept IndexError as e: print(e)\nl[:] = range(9)\nl[A():9] = range(3)\nprint(len(l))",
    "__index__ that resizes the buffer": "class A:\n    def __index__(self): b.clear(); return 65\nb = bytearray(9)\nb[3] = A()",
    "__lt__ that changes the list": "class A:\n    def __lt__(self, o): l.append(1); return True\nl = [A() for _ in range(50)]\nl.sort()",
    "__del__ that brings back": "k = []\nclass A:\n    def __del__(self): k.append(self)\nfor _ in range(50): A()\nk.clear()\nprint(len(k))",
    "a key that forgets itself": "class A(str):\n    def __hash__(self): return id(self)\n    def __eq__(self, o): raise KeyError\nd = {A(n): n for n in range(99)}\nd['1']",
    "a class that is its own metaclass' doing": "class M(type):\n    def mro(c): return [c, object, 1]\nclass A(metaclass=M): pass",
    "a huge shift": "1 << (1 << 62)",
    "a huge repetition": "'x' * (1 << 62)",
    "a huge power": "import resource\nresource.setrlimit(resource.RLIMIT_AS, (2 << 30,) * 2)\n10 ** 10 ** 10",
    "a huge format": "'%*d' % (1 << 60, 1)",
    "a regular expression without end": "import re\nre.match('(a|a)*b', 'a' * 99)",
    "threads that never end": "import threading, time\nfor _ in range(9): threading.Thread(target=time.sleep, args=(99,), daemon=True).start()",
}


def run(tools):
    programs = {f"ours/{name}": ["-c", text] for name, text in PROGRAMS.items()}
    home = os.environ.get("CPYTHON_LIB_TEST") or os.path.dirname(os.path.dirname(library(tools)))
    for path in sorted(glob.glob(os.path.join(home, "crashers/*.py"))):
        programs["crashers/" + os.path.basename(path).removesuffix(".py")] = [path]
    names = [name for name in programs if tools.only in name]

    def one(name):
        command = [*tools.runtime, *programs[name]]
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
        ) as process:
            how = None
            for wait, interrupt in (LONG, signal.SIGINT), (GRACE, signal.SIGKILL):
                try:
                    err = process.communicate(timeout=wait)[1]
                    break
                except subprocess.TimeoutExpired:
                    if interrupt == signal.SIGKILL:
                        how = "goes on when it is interrupted"
                    os.killpg(process.pid, interrupt)
            else:
                err = process.communicate()[1]
        err = last_line(err.decode("utf-8", "replace"))
        if how is None and (process.returncode < 0 and process.returncode != -signal.SIGINT or "panicked at" in err):
            how = f"ended with {process.returncode}: {err}"
        return name, how

    return dict(tools.map(one, names))


def library(tools):
    """A file of the reference's library."""
    return tools.run([*tools.reference, "-c", "import test.support; print(test.support.__file__)"])[0].strip() or "/"
