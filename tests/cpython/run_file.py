"""Runs one of CPython's test files through unittest, and prints one line for each method as it ends.

run_file.py FOLDER NAME [--list] [--skip FILE]

FOLDER holds a `test` package (CPython's Lib/test); NAME is for instance test_dict. Lines: `@ts start ID` before a
method, `@ts ok|fail|skip ID REASON` after it, `@ts loaded N`, `@ts import REASON` when the file can not be imported,
`@ts end`. Methods whose IDs are in the file named by --skip are left out: they ended an earlier process.
"""

import sys

folder, name = sys.argv[1], sys.argv[2]
options = sys.argv[3:]
sys.path.insert(0, folder)

import unittest


def say(*words):
    line = " ".join(str(w).replace("\n", " ")[:200] for w in words)
    sys.__stdout__.write("\n@ts " + line + "\n")
    sys.__stdout__.flush()


def methods(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from methods(item)
        else:
            yield item


def reason(err):
    text = str(err[1]).strip().split("\n")
    return err[0].__name__ + ": " + (text[0] if text else "")


class Result(unittest.TestResult):
    """Reports methods; a method of which a subtest fails has failed."""

    def startTest(self, test):
        super().startTest(test)
        self.outcome = "ok", ""
        say("start", test.id())

    def stopTest(self, test):
        super().stopTest(test)
        say(self.outcome[0], test.id(), self.outcome[1])

    def addFailure(self, test, err):
        self.outcome = "fail", reason(err)

    def addError(self, test, err):
        if not hasattr(test, "_testMethodName") or not hasattr(self, "outcome"):
            say("fixture", test, reason(err))
        self.outcome = "fail", reason(err)

    def addSkip(self, test, why):
        self.outcome = "skip", why

    def addExpectedFailure(self, test, err):
        pass

    def addUnexpectedSuccess(self, test):
        self.outcome = "fail", "unexpected success"

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.outcome = "fail", reason(err)


def main():
    try:
        module = __import__("test." + name, fromlist=["*"])
        tests = unittest.defaultTestLoader.loadTestsFromModule(module)
    except BaseException as e:
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
        if skip:
            # Fixtures of classes and modules run for what is left only.
            suite = unittest.TestSuite(t for t in found if t.id() not in skip)
        suite.run(Result())
    say("end")


if __name__ == "__main__":
    main()
