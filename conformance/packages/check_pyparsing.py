import pyparsing as pp

number = pp.Word(pp.nums).set_parse_action(lambda t: int(t[0]))
expr = pp.infix_notation(number, [("-", 1, pp.OpAssoc.RIGHT), (pp.one_of("* /"), 2, pp.OpAssoc.LEFT), (pp.one_of("+ -"), 2, pp.OpAssoc.LEFT)])
print(expr.parse_string("1+2*(3-4)*-5").as_list())
pair = pp.Group(pp.Word(pp.alphas)("key") + pp.Suppress("=") + (pp.QuotedString('"') | number)("value"))
r = pp.DelimitedList(pair).parse_string('a=1, b="two"')
print(r.as_list(), [(p.key, p.value) for p in r])
try:
    expr.parse_string("1+*2", parse_all=True)
except pp.ParseException as e:
    print(e)
