//! The programs: each defines a function of one integer whose result depends on nothing else.

/// Name and source.
pub const PROGRAMS: &[(&str, &str)] = &[
    (
        "count",
        "def count(n):\n    t = 0\n    for i in range(n * 50):\n        t += i % 7 * (i & 3)\n    return t\n",
    ),
    (
        "floats",
        "def floats(n):\n    x = 0.5\n    for i in range(n * 20):\n        x = x * 3.7 * (1.0 - x)\n    return x\n",
    ),
    (
        "objects",
        "class Point:\n    def __init__(self, x, y):\n        self.x = x\n        self.y = y\n    def moved(self, d):\n        return Point(self.x + d, self.y - d)\n    def __add__(self, o):\n        return Point(self.x + o.x, self.y + o.y)\ndef objects(n):\n    p = Point(0, 0)\n    for i in range(n):\n        p = p.moved(i) + Point(i, 1)\n    return [p.x, p.y]\n",
    ),
    (
        "generators",
        "def squares(n):\n    for i in range(n):\n        yield i * i\ndef chained(n):\n    yield from squares(n)\n    yield from squares(n // 2)\ndef generators(n):\n    return sum(chained(n))\n",
    ),
    (
        "resumed",
        "def held(n):\n    for i in range(n):\n        yield i, [i, str(i)]\nasync def leaf(i):\n    return i\nasync def trunk(n):\n    t = 0\n    for i in range(n):\n        t += await leaf(i)\n    return t\ndef resumed(n):\n    t = 0\n    for a, b in held(n):\n        t += a + len(b)\n    d = {i: [i] for i in range(n)}\n    for k, (v,) in d.items():\n        t += k - v\n    for i, v in enumerate(d.values()):\n        t += i * v[0]\n    for a, b in zip(d, range(n)):\n        t -= a * b\n    t += sum(x * len(b) for x, b in held(n)) + len(set(x % 9 for x in d))\n    try:\n        trunk(n).send(None)\n    except StopIteration as e:\n        t += e.value\n    return t\n",
    ),
    (
        "containers",
        "def containers(n):\n    d = {}\n    l = []\n    for i in range(n):\n        d[i % 17] = d.get(i % 17, 0) + i\n        l.append(i * 3)\n        if i % 5 == 0:\n            l.pop()\n    l.sort(reverse=True)\n    return [sum(d.values()), len(l), l[:3]]\n",
    ),
    (
        "exceptions",
        "def risky(i):\n    if i % 3 == 0:\n        raise ValueError(i)\n    return i\ndef exceptions(n):\n    good = bad = 0\n    for i in range(n):\n        try:\n            good += risky(i)\n        except ValueError as e:\n            bad += e.args[0]\n        finally:\n            good += 1\n    return [good, bad]\n",
    ),
    (
        "recursion",
        "def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\ndef recursion(n):\n    return fib(n % 13)\n",
    ),
    (
        "strings",
        "def strings(n):\n    out = []\n    for i in range(n):\n        out.append('%d:%s' % (i, 'ab' * (i % 4)))\n    s = ','.join(out)\n    return [len(s), s.count('ab'), s[-20:]]\n",
    ),
    (
        "rebinding",
        "def rebinding(n):\n    ns = {}\n    exec(\n        \"def g(i): return i\\n\"\n        \"def h(i): return i * 2 + 1\\n\"\n        \"def run(n):\\n\"\n        \"    global g\\n\"\n        \"    t = 0\\n\"\n        \"    for i in range(n):\\n\"\n        \"        t += g(i)\\n\"\n        \"        if i % 60 == 59:\\n\"\n        \"            g = h\\n\"\n        \"    return t\\n\",\n        ns,\n    )\n    return [ns[\"run\"](n), ns[\"run\"](n)]\n",
    ),
    (
        "classes",
        "def classes(n):\n    class A:\n        k = 1\n        def f(self):\n            return self.k\n    class B(A):\n        pass\n    b = B()\n    t = 0\n    for i in range(n * 2):\n        t += b.f()\n        if i % 70 == 69:\n            A.k = A.k + 1\n        if i % 150 == 149:\n            B.f = lambda self: self.k * 10\n    return t\n",
    ),
    (
        "defaults",
        "def defaults(n):\n    def f(i, d=3):\n        return i + d\n    t = 0\n    for i in range(n * 2):\n        t += f(i)\n        if i % 90 == 89:\n            f.__defaults__ = (i,)\n    return t\n",
    ),
    (
        "lists",
        "def lists(n):\n    l = [[i, float(i)] for i in range(8)]\n    for i in range(n * 4):\n        a = l[i & 7]\n        b = l[(i * 5 + 1) & 7]\n        a[0], b[1] = b[0] + 1, a[1] * 0.5\n        l[i & 7] = b\n        l[(i + 3) & 7] = a\n    return [[x[0] % 1000, x[1]] for x in l]\n",
    ),
    (
        "types",
        "def types(n):\n    t = 0\n    for i in range(n * 3):\n        x = i if i % 50 < 40 else i * 0.5\n        y = None if i % 31 == 0 else x\n        if y is None:\n            t += 1\n        else:\n            t = t + y\n    return t\n",
    ),
    (
        "closures",
        "def closures(n):\n    total = 0\n    def add(i):\n        nonlocal total\n        total += i\n    for i in range(n * 2):\n        add(i)\n    return total\n",
    ),
];
