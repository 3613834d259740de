import pprint

import tomli

text = """
title = "x\\u00e9"
n = [1, 0x1F, 1_000, 6.5e-1, inf, true]
d = 1979-05-27T07:32:00Z
[a.b]
c = '''
raw'''
[[p]]
q = {r = 1, s.t = [2, [3]]}
[[p]]
"""
pprint.pprint(tomli.loads(text))
for bad in ("a = ", "a = 1\na = 2", "[x]\n[x]", "a = 'b", "= 1"):
    try:
        tomli.loads(bad)
    except tomli.TOMLDecodeError as e:
        print(e)
