"""The hashes of text and bytes are those of CPython where PYTHONHASHSEED says the seed."""
import os
import subprocess
import sys

program = """
import datetime
print(*map(hash, ["a", "abc", "hello world, longer", "é", "\\u4e2d\\u6587", "\\U0001f600 and more", b"bytes", memoryview(b"bytes")]))
print({s for s in ["only"]}, hash("x") == hash("x"), hash(("a", "b")) == hash(("a", "b")))
"""
for seed in "0", "1", "42", "4294967295":
    print(seed)
    env = dict(os.environ, PYTHONHASHSEED=seed)
    print(subprocess.run([sys.executable, "-c", program], env=env, stdout=subprocess.PIPE, text=True).stdout)
