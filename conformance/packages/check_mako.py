from mako.template import Template

print(Template("""\
<%def name="row(x)">[${x | h}]</%def>\\
% for i in range(3):
${row('<%d>' % i)}${' last' if loop.last else ''}
% endfor
<%! import math %>${math.floor(2.5)} ${u | u}
""").render(u="a b"))
