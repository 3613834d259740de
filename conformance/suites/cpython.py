"""CPython's own tests: the core of the language and of the library, run by `cargo test --test cpython`.

That test keeps its table in `tests/cpython/table.md`, with each method that fails and its reason; here are the sums. The files
of `test_free_threading` are counted by themselves as well.
"""

import os
import re
import stat
import subprocess
import tempfile

from .common import ROOT, Missing

TIMEOUT = 3600


def whole(tools, bless):
    """Runs the suite and prints its lines; says whether all is as the table says."""
    env = {**os.environ, "CPYTHON_TESTS": tools.only or "all", "CARGO_PROFILE_RELEASE_DEBUG": "line-tables-only"}
    if bless:
        env["CPYTHON_BLESS"] = "1"
    if not env.get("CPYTHON_LIB_TEST"):
        found = os.path.expanduser("~/.pyenv/versions/3.13.0/lib/python3.13/test")
        if os.path.isdir(found):
            env["CPYTHON_LIB_TEST"] = found
    with tempfile.TemporaryDirectory() as place:
        binary = os.path.join(place, "threadsnake")
        with open(binary, "w", encoding="utf-8") as file:
            words = " ".join(f"'{w}'" for w in tools.runtime)
            file.write(f'#!/bin/sh\nexec {words} "$@"\n')
        os.chmod(binary, os.stat(binary).st_mode | stat.S_IXUSR)
        env["THREADSNAKE_BIN"] = binary
        command = ["cargo", "test", "-q", "--release", "-p", "threadsnake", "--test", "cpython", "--", "--nocapture"]
        done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True, timeout=TIMEOUT)
    total = re.search(r"^cpython passed (\d+) of (\d+) methods.*$", done.stdout, re.M)
    if total is None:
        raise Missing("no files of CPython's tests (tests/cpython/fetch.sh)")
    for line in done.stdout.split("\n"):
        if line.startswith("    "):
            print(line)
    print(total[0])
    rows = re.findall(r"^\| (test_\S+) \| (\d+) \| (\d+) \|", done.stdout, re.M)
    threads = [(int(p), int(f)) for name, p, f in rows if name.startswith("test_free_threading")]
    if threads:
        print(f"free_threading passed {sum(p for p, _ in threads)} of {sum(p + f for p, f in threads)}")
    return done.returncode == 0
