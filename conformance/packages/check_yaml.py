import pprint

import yaml

text = """
a: &x [1, 2.5, true, null, ~, 0x1f, 2001-12-14]
b: *x
c: {d: 'e f', "g": |
     h
  }
k: >
  folded
  text

m:
  - n: 1
    o: !!str 2
  - <<: {p: q}
"""
text = text.replace("""{d: 'e f', "g": |
     h
  }""", """{d: 'e f', "g": h}""")
data = yaml.safe_load(text)
pprint.pprint(data)
print(yaml.safe_dump(data, sort_keys=False))
print(list(yaml.safe_load_all("--- 1\n--- [a]\n...\n")))
try:
    yaml.safe_load("a: [1, 2\nb: 3")
except yaml.YAMLError as e:
    print(e)
