"""Packages from PyPI in pure Python: a small program for each prints what CPython prints with the same package."""

import glob
import os

from .common import CACHE, ROOT, Missing, difference, last_line


def run(tools):
    folder = os.path.join(CACHE, "packages")
    if not os.path.isdir(folder):
        raise Missing("conformance/fetch.sh packages")
    files = sorted(glob.glob(os.path.join(ROOT, "conformance/packages/check_*.py")))
    files = [f for f in files if tools.only in f]
    reference = tools.reference

    def one(path):
        name = os.path.basename(path).removesuffix(".py").removeprefix("check_")
        env = {"PYTHONPATH": folder, "PYTHONHASHSEED": "0", "PYTHONIOENCODING": "utf-8", "COLUMNS": "80"}
        theirs, err, how = tools.run([*reference, path], folder, env, timeout=120)
        if how != 0:
            return name, f"the reference ended with {how}: {last_line(err)}"
        ours, err, how = tools.run([*tools.runtime, path], folder, env, timeout=240)
        if how != 0:
            return name, f"ended with {how}: {last_line(err)}"
        return name, difference(ours, theirs) or None

    return dict(tools.map(one, files))
