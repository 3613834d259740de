"""pyperformance: every program that a Python without C libraries runs, once, its results those of CPython.

`compare` of `benches/` fetches, runs and compares; what needs a C library or an extension is in `benches/README.md`, with the
reason, and below.
"""

import json
import os
import subprocess
import tempfile

from .common import CACHE, ROOT


def run(tools):
    build = ["cargo", "build", "-q", "--release", "-p", "threadsnake-benches", "--bin", "compare"]
    subprocess.run(build, cwd=ROOT, check=True)
    results = {}
    with tempfile.TemporaryDirectory() as place:
        for wider in [], ["--wider"]:
            answers = os.path.join(place, "answers.json")
            command = [
                os.path.join(ROOT, "target/release/compare"), *wider, "--no-build", "--without-ours", "--samples", "1",
                "--warmup", "0", "--min-time", "1", "--timeout", "300", "--dir", os.path.dirname(CACHE), "--json", answers,
                "--runtime", "reference=" + " ".join(tools.reference), "--runtime", "ours=" + " ".join(tools.runtime),
            ]
            if tools.only:
                command += ["--programs", tools.only]
            subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            with open(answers, encoding="utf-8") as file:
                for program in json.load(file)["programs"]:
                    results[program["program"]] = program["runtimes"]["ours"]["failed"]
            if tools.only:
                break
    return results
