# Where assignment expressions may not stand in comprehensions.
for source in (
    "[i for i in (j := range(5))]",
    "[i for i in (lambda: (j := range(5)))()]",
    "[i for i in [j for j in (k := range(5))]]",
    "{i: 1 for i in [k for k in range(5) if (j := True)]}",
    "[i for i in range(5) if (j := 0) for j in range(5)]",
    "[[(i := 0) for j in range(5)] for i in range(5)]",
    "[(j := i) for i in range(3)]",
):
    try:
        print(eval(source), source)
    except SyntaxError as e:
        print(e.msg, source)
