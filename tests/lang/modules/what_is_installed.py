# importlib.metadata finds what lies on sys.path; the repr of time zones, and hashes of what is empty.
import importlib
import importlib.metadata as metadata
import os
import sys
import tempfile

with tempfile.TemporaryDirectory() as folder:
    sys.path.insert(0, folder)
    for name, version in ("foo", "1.0"), ("bar_baz", "2.5"):
        info = f"{folder}/{name}-{version}.dist-info"
        os.mkdir(info)
        with open(f"{info}/METADATA", "w") as file:
            file.write(f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: {version}\nRequires-Dist: six>=1\n")
        with open(f"{info}/entry_points.txt", "w") as file:
            file.write(f"[console_scripts]\n{name} = {name}:main\n[of.tests]\nx = {name}.x:y\n")
    importlib.invalidate_caches()
    print(metadata.version("foo"), metadata.version("bar-baz"), metadata.requires("foo"))
    print(metadata.metadata("bar.baz")["Name"])
    print(sorted(metadata.entry_points(group="of.tests"), key=lambda e: e.value))
    print(sorted(d.name for d in metadata.distributions(path=[folder])))
    print([f for f in sys.meta_path if hasattr(f, "find_distributions")] != [])
    try:
        metadata.version("no-such-thing")
    except metadata.PackageNotFoundError as e:
        print(repr(e), e)

import zoneinfo


class Zone(zoneinfo.ZoneInfo):
    pass


print(repr(zoneinfo.ZoneInfo("UTC")), str(zoneinfo.ZoneInfo("UTC")), repr(Zone("UTC")).endswith("Zone(key='UTC')"))
print(hash(""), hash(b""), hash(frozenset()) == hash(frozenset()), {"": 1}[""], {b"": 2}[b""], hash("a") == hash(b"a"))
