import io, os, tempfile
s = io.StringIO("line1\nline2\n")
print(s.readline(), s.read(), s.tell(), s.seek(0), list(s), s.getvalue() == "line1\nline2\n")
b = io.BytesIO(b"abc")
print(b.read(2), b.read(), b.seek(1), b.write(b"XYZ"), b.getvalue(), b.truncate(2), b.getbuffer().nbytes)
with tempfile.TemporaryDirectory() as d:
    p = os.path.join(d, "f.txt")
    with open(p, "w", encoding="utf-8") as f:
        print(f.write("é\nline 2\r\nthree"), f.name == p, f.mode, f.closed)
    print(f.closed, os.path.getsize(p), os.path.exists(p), os.path.isfile(p), os.path.isdir(d), os.listdir(d))
    print(open(p, encoding="utf-8").read().encode(), open(p, "rb").read(), open(p, encoding="utf-8", newline="").readlines())
    with open(p, "a") as f:
        f.writelines(["x", "y"])
    with open(p, "rb+") as f:
        f.seek(-2, 2); print(f.read()); f.seek(0); f.write(b"ZZ")
    with open(p, encoding="latin-1") as f:
        print(next(f).encode("latin-1"), f.readline(), [l for l in f])
    for bad in (lambda: open(p, "zz"), lambda: open(p, "rw"), lambda: open(os.path.join(d, "no")), lambda: open(p, "x"), lambda: open(d), lambda: open(p, "rb", encoding="utf8"), lambda: f.read(), lambda: open(p, "r").write("x"), lambda: open(p, "rb", buffering=0).read(-5) and 1 / 0):
        try:
            bad()
        except Exception as e:
            print(type(e).__name__, str(e).replace(d, "D"))
    os.rename(p, p + "2"); os.mkdir(os.path.join(d, "sub")); print(sorted(os.listdir(d)), [sorted(x[1] + x[2]) for x in os.walk(d)][0])
    os.remove(p + "2"); os.rmdir(os.path.join(d, "sub"))
    print(sorted(e.name for e in os.scandir(d)))
print(os.path.join("a", "/b", "c"), os.path.split("/a/b.c"), os.path.splitext("a/b.tar.gz"), os.path.basename("a/b"), os.path.dirname("a/b"), os.path.normpath("a/../b//c/."), os.path.abspath("/a/.."), os.path.isabs("/x"), os.path.commonprefix(["abc", "abd"]), os.path.relpath("/a/b", "/a/c"), os.sep, os.linesep == "\n")
os.environ["TS_TEST"] = "1"
print(os.environ["TS_TEST"], os.getenv("TS_NOPE", "d"), os.environ.get("TS_NOPE"), "TS_TEST" in os.environ, os.fspath("x"), os.getpid() > 0, os.getcwd() != "")
from pathlib import Path, PurePosixPath
q = PurePosixPath("/a/b/c.tar.gz")
print(q.name, q.stem, q.suffix, q.suffixes, q.parent, q.parts, q / "x", q.with_suffix(".z"), q.relative_to("/a"), Path("a") / "b", q.match("*.gz"), Path("x").exists())
