from string.templatelib import Template, Interpolation

name, n = "World", 3
t = t"Hello {name}! {n:>5} {n!r} {n + 1 = }"
print(type(t) is Template, t.strings, t.values)
for i in t.interpolations:
    print(i.value, i.expression, i.conversion, i.format_spec)
print(list(t)[0], len(list(t)))
print(t"".strings, t"{1}".strings, t"a{1}{2}".strings)
print((t"a{1}" + t"b{2}").strings)
try:
    t"a" + "b"
except TypeError as e:
    print(type(e).__name__)


def html(t):
    out = []
    for part in t:
        if isinstance(part, str):
            out.append(part)
        else:
            out.append(str(part.value).replace("<", "&lt;"))
    return "".join(out)


evil = "<script>"
print(html(t"<p>{evil}</p>"))
print(rt"\n{name}".strings, t"{{}}".strings, t'''multi
{n}
line'''.strings)
i = Interpolation(5, "x", None, ".2f")
print(i.value, i.format_spec, i)
nested = t"{t"{n}"}"
print(nested.values[0].values)
f = t"{n:{'0'}>{2 + 2}}"
print(f.interpolations[0].format_spec)
print(repr(t"a{1!s}"))
match t"x{5}y":
    case Template(strings=("x", "y"), interpolations=(Interpolation(v),)):
        print("matched", v)
