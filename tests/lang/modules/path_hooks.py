"""The hooks of sys.path and the cache of their finders: archives, the program's own hooks, what pkgutil lists."""

import importlib
import importlib.machinery
import importlib.util
import io
import os
import pkgutil
import runpy
import sys
import tempfile
import zipfile

place = os.path.realpath(tempfile.mkdtemp())
os.makedirs(os.path.join(place, "lies/inside"))
for name, text in {
    "plain_one.py": "x = 1\n",
    "lies/__init__.py": "",
    "lies/below.py": "y = 2\n",
    "lies/inside/deep.py": "z = 3\n",
    "lies/note.txt": "",
    "not-a-name.py": "",
}.items():
    with open(os.path.join(place, name), "w") as file:
        file.write(text)
archive = os.path.join(place, "packed.zip")
with zipfile.ZipFile(archive, "w") as z:
    z.writestr("zipped.py", "value = __file__\n")
    z.writestr("zippack/__init__.py", "from . import part\n")
    z.writestr("zippack/part.py", "here = __name__\n")
    z.writestr("under/lower.py", "low = True\n")
    z.writestr("__main__.py", "import sys\nprint('main', __name__, sys.argv[0] == __file__, sys.path[0].endswith('.zip'))\n")


def short(o):
    return str(o).replace(place, "PLACE")


# What CPython begins with.
print(len(sys.path_hooks), all(map(callable, sys.path_hooks)), type(sys.path_importer_cache))
for path in place, archive, os.path.join(archive, "under"), os.path.join(place, "plain_one.py"), os.path.join(place, "nothing"):
    found = []
    for hook in sys.path_hooks:
        try:
            found.append(short(repr(hook(path))))
        except ImportError as e:
            found.append("ImportError")
    print(short(path), found)

# pkgutil.
finder = pkgutil.get_importer(place)
print(type(finder) is importlib.machinery.FileFinder, short(finder.path), sys.path_importer_cache[place] is finder)
print([(m.name, m.ispkg, m.module_finder is finder) for m in pkgutil.iter_modules([place])])
print([m.name for m in pkgutil.iter_modules([os.path.join(place, "lies")], "lies.")])
print([m.name for m in pkgutil.iter_modules([archive])])
names = {m.name: m.ispkg for m in pkgutil.iter_modules()}
print([(n, names[n]) for n in ("json", "os", "heapq", "argparse", "collections")])
json = importlib.import_module("json")
print([m.name for m in pkgutil.iter_modules(json.__path__, "json.") if m.name != "json.__main__"])

# Finders find, and say the same as what was imported by.
spec = finder.find_spec("plain_one")
print(spec.name, short(spec.origin), spec.has_location, spec.submodule_search_locations, spec.loader is not None)
print(short(finder.find_spec("lies").submodule_search_locations), finder.find_spec("nothing"))
inside = pkgutil.get_importer(os.path.join(place, "lies")).find_spec("lies.inside")
print(inside.loader, short(list(inside.submodule_search_locations)))
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
print(module.x)
print(importlib.machinery.PathFinder.find_spec("json").origin == json.__spec__.origin)
print(importlib.machinery.PathFinder.find_spec("json") == json.__spec__, json.__spec__ == spec, json.__spec__ != spec)
print(importlib.machinery.PathFinder.find_spec("lies", [place]).name, importlib.machinery.PathFinder.find_spec("lies", [archive]))

# Archives on sys.path.
sys.path.insert(0, archive)
import zipped
import zippack

print(short(zipped.value), short(repr(zipped.__loader__)), zippack.part.here, short(zippack.__path__))
print(importlib.util.find_spec("zippack.part").name, pkgutil.get_data("zippack", "part.py"))
sys.path[0] = os.path.join(archive, "under")
import lower

print(lower.low, short(lower.__file__))
del sys.path[0]
runpy.run_path(archive, run_name="__main__")


# A hook of the program's own, and a finder that it puts into the cache.
class Finder:
    def __init__(self, path):
        if not path.startswith("made:"):
            raise ImportError(path)
        self.path = path

    def find_spec(self, name, target=None):
        if name == "invented":
            return importlib.machinery.ModuleSpec(name, self, origin=self.path)

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        module.by = self.path

    def iter_modules(self, prefix=""):
        yield prefix + "invented", False


sys.path_hooks.append(Finder)
sys.path.append("made:1")
import invented

print(invented.by, invented.__spec__.origin, [m.name for m in pkgutil.iter_modules(["made:1"])])
import wave

print(isinstance(sys.path_importer_cache["made:1"], Finder))
sys.path_hooks.remove(Finder)
del sys.modules["invented"]
import invented

sys.path[-1] = "other"
del sys.modules["invented"]
sys.path_importer_cache["other"] = Finder("made:2")
import invented

print(invented.by)
del sys.modules["invented"]
del sys.path_importer_cache["other"]
importlib.invalidate_caches()
try:
    import invented
except ModuleNotFoundError as e:
    print(e)

# Archives and directories as programs, with a line for the system before the archive too.
import subprocess

with open(archive, "rb") as file:
    packed = file.read()
with open(os.path.join(place, "program"), "wb") as file:
    file.write(b"#!/usr/bin/env python3\n" + packed)
with open(os.path.join(place, "lies/__main__.py"), "w") as file:
    file.write("import below, sys\nprint('directory', __name__, below.y, sys.argv[1:], __package__ == '')\n")
for program in "packed.zip", "program", "lies":
    done = subprocess.run([sys.executable, os.path.join(place, program), "1"], capture_output=True, text=True)
    print(program, done.returncode, done.stdout.strip(), done.stderr.strip()[-200:])
