"""Runs one of CPython's test files through unittest, and prints one line for each method as it ends.

run_file.py FOLDER NAME [--list] [--skip FILE] [--only PART] [--trace]

FOLDER holds a `test` package (CPython's Lib/test); NAME is for instance test_dict. Lines: `@ts start ID` before a
method, `@ts ok|fail|skip ID REASON` after it, `@ts loaded N`, `@ts import REASON` when the file can not be imported,
`@ts end`. Methods whose IDs are in the file named by --skip are left out: they ended an earlier process. For a person:
--only runs the methods whose ID contains PART, --trace prints the traceback of each failure.
"""

import sys

folder, name = sys.argv[1], sys.argv[2]
options = sys.argv[3:]
sys.path.insert(0, folder)

import unittest


def say(*words):
    line = " ".join(str(w).replace("\n", " ")[:200] for w in words)
    line = line.encode("utf-8", "backslashreplace").decode()
    sys.__stdout__.write("\n@ts " + line + "\n")
    sys.__stdout__.flush()


def methods(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from methods(item)
        else:
            yield item


def reason(err):
    if "--trace" in options:
        import traceback
        traceback.print_exception(*err)
    lines = str(err[1]).strip().split("\n")
    if err[0].__name__ == "DocTestFailure" or lines[0].startswith("Failed doctest test"):
        return "doctest: " + doctest_reason(lines)
    return err[0].__name__ + ": " + lines[0]


def doctest_reason(lines):
    """The first example that failed, and what it gave."""
    try:
        example = lines[lines.index("Failed example:") + 1].strip()
        last = next((l for l in lines if l.strip().startswith("Got") or l.startswith("Exception raised")), "")
        at = lines.index(last) if last else 0
        block = []
        for line in lines[at + 1:]:
            if line.startswith("-" * 20):
                break
            block.append(line.strip())
        return example + " gives " + (block[-1] if "Exception" in last else block[0])
    except Exception:
        return lines[0]


class Result(unittest.TestResult):
    """Reports methods; a method of which a subtest fails has failed."""

    outcome = "ok", ""

    def startTest(self, test):
        super().startTest(test)
        self.outcome = "ok", ""
        say("start", test.id())

    def stopTest(self, test):
        super().stopTest(test)
        say(self.outcome[0], test.id(), self.outcome[1])

    def fail(self, why):
        if self.outcome[0] != "fail":
            self.outcome = "fail", why

    def addFailure(self, test, err):
        self.fail(reason(err))

    def addError(self, test, err):
        if not isinstance(test, unittest.TestCase):
            say("fixture", test, reason(err))
        else:
            self.fail(reason(err))

    def addSkip(self, test, why):
        # A skipped subtest does not make its method a skipped one.
        if self.outcome[0] == "ok" and not isinstance(test, unittest.case._SubTest):
            self.outcome = "skip", why

    def addExpectedFailure(self, test, err):
        pass

    def addUnexpectedSuccess(self, test):
        self.fail("unexpected success")

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.fail(reason(err))


def main():
    # Modules of Python 3.13 have `__annotations__` from the start, and some test files write to it at their head; since
    # 3.14 there is no such name. Here they write to a dict that nobody reads: what tests it, fails; the rest can run.
    import builtins
    builtins.__annotations__ = {}
    try:
        from test import support
        # As CPython's own runner without -u: what needs a network or minutes of processor time is skipped.
        support.use_resources = {}
        module = __import__("test." + name, fromlist=["*"])
        tests = unittest.defaultTestLoader.loadTestsFromModule(module)
    except BaseException as e:
        if "--trace" in options:
            import traceback
            traceback.print_exc()
        say("import", type(e).__name__ + ":", e)
        say("end")
        return
    skip = set()
    if "--skip" in options:
        with open(options[options.index("--skip") + 1]) as file:
            skip = set(file.read().split("\n"))
    found = list(methods(tests))
    say("loaded", len(found))
    if "--list" not in options:
        suite = tests
        if skip or "--only" in options:
            # Fixtures of classes and modules run for what is left only.
            part = options[options.index("--only") + 1] if "--only" in options else ""
            suite = unittest.TestSuite(t for t in found if t.id() not in skip and part in t.id())
        suite.run(Result())
    say("end")


if __name__ == "__main__":
    main()
