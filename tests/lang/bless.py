"""Writes the expected output of language tests with a CPython, or checks it.

python3 bless.py --runtime 'COMMAND' [--check] [FILE...]      (without files: all below this folder)

The output has to be that of CPython 3.14; where versions differ, a test avoids the difference.
"""

import os
import shlex
import subprocess
import sys

here = os.path.dirname(os.path.abspath(__file__))


def main(args):
    runtime, check, files = None, False, []
    while args:
        arg = args.pop(0)
        if arg == "--runtime":
            runtime = shlex.split(args.pop(0))
        elif arg == "--check":
            check = True
        else:
            files.append(os.path.abspath(arg))
    if runtime is None:
        sys.exit(__doc__)
    if not files:
        for folder, folders, names in os.walk(here):
            folders[:] = [f for f in folders if not f.endswith("support") and f != "__pycache__"]
            files += [os.path.join(folder, n) for n in names if n.endswith(".py") and folder != here]
    bad = 0
    for file in sorted(files):
        bad += one(runtime, file, check)
    print(len(files), "files,", bad, "not as expected")
    return bad != 0


def one(runtime, file, check):
    name = os.path.relpath(file, here)
    with open(file, encoding="utf-8") as source:
        head = source.read().split("\n")[:5]
    exit_code = next((int(line[8:]) for line in head if line.startswith("# exit: ")), 0)
    run = subprocess.run(runtime + [file], capture_output=True, cwd=here, stdin=subprocess.DEVNULL, timeout=120)
    out = run.stdout.decode("utf-8", "replace")
    err = run.stderr.decode("utf-8", "replace").replace(here + "/", "")
    stem = file[:-3]
    if run.returncode != exit_code:
        print(f"{name}: exit {run.returncode}, expected {exit_code}: {err.strip()[-300:]}")
        return 1
    wrong = 0
    for extension, text in ((".out", out), (".err", err)):
        path = stem + extension
        if extension == ".err" and exit_code == 0 and not os.path.exists(path):
            if err:
                print(f"{name}: prints to stderr: {err.strip()[-200:]}")
            continue
        if check:
            with open(path, encoding="utf-8", newline="") as expected:
                if expected.read() != text:
                    print(f"{name}: {extension} differs")
                    wrong = 1
        else:
            with open(path, "w", encoding="utf-8", newline="") as expected:
                expected.write(text)
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
