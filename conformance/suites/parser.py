"""The fixtures of the crate `ruff_python_parser`: valid ones compile, invalid ones raise SyntaxError.

Those about older versions of Python, or about notebooks, are left out. Some valid ones are only so for the grammar (`yield`
outside a function, as CPython's compiler says too): they have to parse.
"""

import glob
import os

from .common import Missing, last_line

PROGRAM = r"""
import sys, warnings
warnings.simplefilter("ignore")
for line in sys.stdin if not sys.argv[1:] else open(sys.argv[1]):
    path = line.strip()
    with open(path, "rb") as file:
        source = file.read()
    try:
        compile(source, path, "exec", dont_inherit=True)
        print("ok", path)
    except SyntaxError as e:
        kind = "syntax"
        if "/valid/" in path or "/ok/" in path:
            try:
                compile(source, path, "exec", 0x400, dont_inherit=True)
                kind = "ok"
            except SyntaxError as e:
                pass
        print(kind, path, str(e).replace("\n", " "))
    except BaseException as e:
        print("other", path, type(e).__name__, str(e).replace("\n", " "))
    sys.stdout.flush()
"""


def run(tools):
    home = os.environ.get("CARGO_HOME", os.path.expanduser("~/.cargo"))
    found = sorted(glob.glob(f"{home}/registry/src/*/ruff_python_parser-0.0.*/resources"))
    if not found:
        raise Missing("cargo has not fetched ruff_python_parser")
    folder = found[-1]
    expected = {}
    for path in sorted(glob.glob(f"{folder}/**/*.py", recursive=True)):
        name = os.path.relpath(path, folder).removesuffix(".py")
        with open(path, encoding="utf-8", errors="replace", newline="") as file:
            head = file.read(200)
        if "target-version" in head and "3.14" not in head.split("\n")[0] or "ipython" in head.lower():
            continue
        if tools.only in name:
            expected[path] = name, name.startswith(("valid", "inline/ok"))
    results = {}
    waiting = list(expected)
    # One process for all; what ends it is counted, and the rest goes on in another.
    for _ in range(30):
        if not waiting:
            break
        listing = os.path.join("/tmp", f"threadsnake-parser-{os.getpid()}")
        with open(listing, "w", encoding="utf-8") as file:
            file.write("\n".join(waiting))
        out, err, how = tools.run([*tools.runtime, "-c", PROGRAM, listing], timeout=120)
        os.unlink(listing)
        for line in out.split("\n"):
            kind, _, rest = line.partition(" ")
            path, _, text = rest.partition(" ")
            if path not in expected:
                continue
            name, valid = expected[path]
            waiting.remove(path)
            if kind == "other":
                results[name] = text[:120]
            elif valid:
                results[name] = None if kind == "ok" else f"SyntaxError: {text[:120]}"
            else:
                results[name] = None if kind == "syntax" else "compiles"
        if waiting and how != 0:
            results[expected[waiting.pop(0)][0]] = f"ended the process ({how}): {last_line(err)}"
    return results
