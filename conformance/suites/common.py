"""Running, and the tables."""

import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
CACHE = os.path.join(ROOT, ".cache/conformance")


class Missing(Exception):
    """What a suite needs is not here."""


class Tools:
    def __init__(self, runtime, reference, only):
        self.runtime = [os.path.abspath(runtime[0]) if os.sep in runtime[0] else runtime[0], *runtime[1:]]
        self.given = reference
        self.only = only

    @property
    def reference(self):
        """A CPython that is new enough."""
        if self.given is None:
            candidates = ["python3.14", "python3.13"]
            home = os.path.expanduser("~/.pyenv/versions")
            for version in sorted(os.listdir(home) if os.path.isdir(home) else [], reverse=True):
                if version.startswith(("3.14", "3.13")):
                    candidates.append(os.path.join(home, version, "bin/python3"))
            # A pyenv shim is there for versions that are not.
            works = lambda c: shutil.which(c) and self.run([c, "-c", ""])[2] == 0
            found = [c for c in candidates if works(c)]
            if not found:
                raise Missing("no CPython 3.13 or newer to compare with (--reference)")
            self.given = [found[0]]
        return self.given

    def run(self, command, cwd=None, env=None, timeout=60):
        """Standard output, standard error, how it ended."""
        with subprocess.Popen(
            command, cwd=cwd, env={**os.environ, **(env or {}), "PYTHONDONTWRITEBYTECODE": "1"}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        ) as process:
            try:
                out, err = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                out, err = process.communicate()
                return out.decode("utf-8", "replace"), err.decode("utf-8", "replace"), "timed out"
        how = process.returncode
        return out.decode("utf-8", "replace"), err.decode("utf-8", "replace"), f"signal {-how}" if how < 0 else how

    def map(self, function, items):
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(pool.map(function, items))

    def suite(self, name, module, path, bless):
        """Runs one; says whether all is as the table says."""
        try:
            if hasattr(module, "whole"):
                return module.whole(self, bless) or bool(self.only)
            results = module.run(self)
        except Missing as e:
            print(f"{name} skipped: {e}")
            return True
        table = Table(path)
        wrong = []
        for test, outcome in sorted(results.items()):
            reason = table.listed(test)
            if reason is None and outcome is not None:
                wrong.append(f"{test} fails: {outcome}")
            elif reason is not None and outcome is None and not reason.startswith("at times"):
                wrong.append(f"{test} does not fail any more")
        if bless:
            table.write(name, module.__doc__, results)
            wrong = []
        ran = {t: o for t, o in results.items() if t not in table.inapplicable}
        for line in wrong:
            print("   ", line)
        passed = sum(o is None for o in ran.values())
        print(f"{name} passed {passed} of {len(ran)}, {len(results) - len(ran)} do not apply")
        sys.stdout.flush()
        return not wrong or bool(self.only)


class Table:
    """conformance/SUITE.md."""

    def __init__(self, path):
        self.path = path
        self.failing, self.inapplicable = {}, {}
        section = None
        try:
            lines = open(path, encoding="utf-8").read().split("\n")
        except FileNotFoundError:
            lines = []
        for line in lines:
            if line.startswith("## "):
                section = {"What fails": self.failing, "What does not apply": self.inapplicable}.get(line[3:])
            elif line.startswith("- `") and section is not None:
                test, reason = line[3:].split("`: ", 1)
                section[test] = reason

    def listed(self, test):
        return self.failing.get(test, self.inapplicable.get(test))

    def write(self, name, doc, results):
        failing = {
            t: self.failing.get(t, o) for t, o in results.items() if o is not None and t not in self.inapplicable
        }
        for test, reason in self.failing.items():
            if reason.startswith("at times"):
                failing.setdefault(test, reason)
        groups = {}
        for test, outcome in results.items():
            if test in self.inapplicable:
                continue
            group = groups.setdefault(test.rsplit("/", 1)[0] if "/" in test else name, [0, 0])
            group[outcome is not None] += 1
        with open(self.path, "w", encoding="utf-8") as out:
            passed = sum(g[0] for g in groups.values())
            total = sum(sum(g) for g in groups.values())
            print(f"# {name}: {passed} of {total} pass\n\n{doc.strip()}\n", file=out)
            print(f"Written by `conformance/run --bless {name}`.\n", file=out)
            print("| part | passed | failed |\n|---|---|---|", file=out)
            for group, (good, bad) in sorted(groups.items()):
                print(f"| {group} | {good} | {bad} |", file=out)
            for title, tests in [("What fails", failing), ("What does not apply", self.inapplicable)]:
                print(f"\n## {title}\n", file=out)
                for test, reason in sorted(tests.items()):
                    print(f"- `{test}`: {reason}", file=out)


def last_line(text):
    lines = [l for l in text.split("\n") if l.strip()]
    for line in lines:
        if "panicked at" in line:
            return line[:150]
    return lines[-1][:150] if lines else ""


def difference(ours, theirs):
    """The first line that differs, in a few words."""
    a, b = ours.split("\n"), theirs.split("\n")
    for n in range(max(len(a), len(b))):
        x, y = a[n] if n < len(a) else "(end)", b[n] if n < len(b) else "(end)"
        if x != y:
            return f"line {n + 1}: {x[:70]!r} instead of {y[:70]!r}"
    return ""
