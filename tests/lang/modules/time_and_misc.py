import time, string, textwrap, pprint, contextlib, types, sys
a = time.perf_counter(); b = time.monotonic(); time.sleep(0.01)
print(time.perf_counter() - a >= 0.01, time.monotonic() > b, type(time.time()).__name__, time.time_ns() > 10**18, time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(0)), time.gmtime(86400).tm_mday, time.process_time() >= 0)
print(string.ascii_letters[:3], string.digits, string.punctuation[:5], textwrap.dedent("  a\n   b"), textwrap.fill("aa bb cc", 5), textwrap.indent("a\nb", "> "), textwrap.shorten("hello world", 8))
pprint.pprint({"b": [1, 2], "a": {"x": list(range(30))}}, width=40)
ns = types.SimpleNamespace(a=1, b="x")
print(ns, ns == types.SimpleNamespace(a=1, b="x"), types.MappingProxyType({"a": 1})["a"], types.FunctionType, types.MethodType(lambda s, x: (s, x), 5)(6), types.new_class("N", (), {}, lambda n: n.update(v=1)).v)
import argparse
p = argparse.ArgumentParser(prog="prog", description="d")
p.add_argument("file"); p.add_argument("-n", "--num", type=int, default=3, help="number"); p.add_argument("-v", action="store_true"); p.add_argument("rest", nargs="*")
print(p.parse_args(["f", "-n", "5", "a", "b"]), p.parse_args(["--num=7", "f"]))
print(p.format_usage())
import io
for args in (["f", "-n", "x"], [], ["f", "--zzz"]):
    with contextlib.redirect_stderr(io.StringIO()) as err:
        try:
            p.parse_args(args)
        except SystemExit as e:
            print(e.code, err.getvalue().splitlines()[-1])
import datetime
d = datetime.datetime(2024, 2, 29, 12, 30)
print(d, d + datetime.timedelta(days=1), d.isoformat(), d.strftime("%a %d"), datetime.date(2024, 1, 1).weekday(), datetime.date.fromisoformat("2024-03-01") - d.date(), repr(d), d.replace(year=2023, day=28))
import base64, hashlib, binascii, zlib
print(base64.b64encode(b"hi"), base64.b64decode("aGk="), hashlib.md5(b"a").hexdigest(), hashlib.sha256(b"").hexdigest()[:16], binascii.hexlify(b"a"), zlib.crc32(b"abc"))
