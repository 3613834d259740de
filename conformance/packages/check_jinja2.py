from jinja2 import DictLoader, Environment, StrictUndefined, UndefinedError

env = Environment(
    loader=DictLoader({
        "base": "<h1>{% block title %}?{% endblock %}</h1>{% block body %}{% endblock %}",
        "page": "{% extends 'base' %}{% block title %}{{ t|upper }}{% endblock %}{% block body %}"
                "{% for i in items if i %}{{ loop.index }}:{{ i|e }}{{ ',' if not loop.last }}{% else %}none{% endfor %}"
                "{% endblock %}",
    }),
    autoescape=True,
)
print(env.get_template("page").render(t="a<b", items=["x", "", "<y>"]))
print(env.from_string("{% macro m(a, b=2) %}{{ a }}-{{ b }}{% endmacro %}{{ m(1) }} {{ m(3, b=4) }}").render())
print(env.from_string("{{ d.items()|sort|map('join', '=')|join(';') }}").render(d={"b": 1, "a": 2}))
print(env.from_string("{% set x = namespace(n=0) %}{% for i in range(5) %}{% set x.n = x.n + i %}{% endfor %}{{ x.n }}").render())
try:
    Environment(undefined=StrictUndefined).from_string("{{ missing }}").render()
except UndefinedError as e:
    print(e)
