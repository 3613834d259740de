"""What is left when a program ends: files are written out, finalisers run and see the globals that they use."""

import os
import subprocess
import sys
import tempfile

place = os.path.realpath(tempfile.mkdtemp())
with open(os.path.join(place, "helper.py"), "w") as file:
    file.write("import os\nclass Held:\n    def __del__(self): print('helper ends', os.path.basename('a/b'))\nheld = Held()\n")

PROGRAMS = {
    "file": "f = open('FILE', 'w'); f.write('written')",
    "file in a class": "class A:\n    f = open('FILE', 'w')\nA.f.write('written')",
    "file in a cycle": "class A: pass\na = A(); a.a = a; a.f = open('FILE', 'w'); a.f.write('written')",
    "file in a function": "def f(): f.log.write('written')\nf.log = open('FILE', 'w')\nf()",
    "file of a closure": "def f():\n    log = open('FILE', 'w')\n    return lambda: log.write('written')\ng = f(); g()",
    "finaliser": "import os\nclass A:\n    def __del__(self): print('ends', os.sep, helper())\ndef helper(): return A.__name__\na = A()",
    "finaliser in a cycle": "class A:\n    def __del__(self): print('ends', self is self.me)\na = A(); a.me = a",
    "finaliser after exit": "import sys\nclass A:\n    def __del__(self): print('ends')\na = A()\nsys.exit(3)",
    "finaliser after an exception": "class A:\n    def __del__(self): print('ends')\na = A()\n1 / 0",
    "error in a finaliser": "class A:\n    def __del__(self): raise ValueError(5)\na = A()",
    "generator": "def g():\n    try: yield\n    finally: print('closed')\nx = g(); next(x)",
    "modules": "import helper\nclass A:\n    def __del__(self): print('main ends')\na = A()",
    "order": "import atexit, sys, threading\nclass A:\n    def __del__(self): print('finaliser', sys.is_finalizing())\na = A()\n"
    "atexit.register(lambda: print('atexit', sys.is_finalizing()))\nthreading.Thread(target=print, args=('thread',)).start()",
    "hot": "class A:\n    def __del__(self): print('ends', n)\na = A()\nn = 0\ndef f(x): return x + (a is not None)\nfor i in range(9000): n = f(n)",
    "output": "import sys\nclass A:\n    def __del__(self): sys.stdout.write('last words\\n')\na = A()\nprint('before')",
    "reference": "import weakref\nclass A: pass\na = A()\nw = weakref.finalize(a, print, 'finalised')",
}
target = os.path.join(place, "file.txt")
for name, program in PROGRAMS.items():
    path = os.path.join(place, "program.py")
    with open(path, "w") as file:
        file.write(program.replace("FILE", target))
    done = subprocess.run([sys.executable, path], capture_output=True, text=True)
    print(name, done.returncode, done.stdout.split("\n")[:-1], done.stderr.strip().split("\n")[-1])
    if os.path.exists(target):
        with open(target) as file:
            print("   ", repr(file.read()))
        os.unlink(target)
