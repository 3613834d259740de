"""MicroPython's tests: those whose output CPython defines. What CPython itself cannot run is left out."""

import glob
import os
import tempfile

from .common import CACHE, Missing, difference, last_line

PARTS = ["basics", "float", "unicode", "io", "import", "thread", "stress", "misc"]


def run(tools):
    folder = os.path.join(CACHE, "micropython")
    if not os.path.isdir(folder):
        raise Missing("conformance/fetch.sh micropython")
    files = [f for part in PARTS for f in sorted(glob.glob(f"{folder}/{part}/*.py"))]
    # A file with a kept output is about what MicroPython does otherwise than CPython.
    files = [f for f in files if not os.path.exists(f + ".exp") and tools.only in f]
    reference = tools.reference

    def one(path):
        name = os.path.relpath(path, folder).removesuffix(".py")
        with tempfile.TemporaryDirectory() as place:
            env = {"PYTHONPATH": os.path.dirname(path), "PYTHONIOENCODING": "utf-8", "TMPDIR": place}
            theirs, _, how = tools.run([*reference, "-BS", path], beside(path, place, "theirs"), env)
            if how != 0 or theirs.strip().endswith("SKIP"):
                return name, "left out"
            ours, err, how = tools.run([*tools.runtime, path], beside(path, place, "ours"), env)
        if how != 0:
            return name, f"ended with {how}: {last_line(err)}"
        return name, difference(ours, theirs) or None

    return {name: outcome for name, outcome in tools.map(one, files) if outcome != "left out"}


def beside(path, place, name):
    """A folder of its own that shows the data beside a test: some write files of the same name."""
    here, there = os.path.join(place, name), os.path.dirname(path)
    os.mkdir(here)
    for entry in os.listdir(there):
        if not entry.endswith((".py", ".exp")):
            os.symlink(os.path.join(there, entry), os.path.join(here, entry))
    return here
