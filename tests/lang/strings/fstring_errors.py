for text in [
    "f'{}'", "f'{ }'", "f'{=}'", "f'{!r}'", "f'{:x}'", "f'{10:{ }}'", "f'{,}'", "f'{.}'", "f'{**a}'",
    "f'{a $ b}'", "f'{1=}{1;}'", "f'{1=}{;'", "f'{3!'", "f'{3!}'", "f'{3!:x}'", "f'{3'", "f'x{'", "f'{{{'",
    "f'{a b}'", "f'{3)+(4}'", "f'{\"s\"!r{\":10\"}}'", "f'{4:{/5}}'", "f'{1#}'", "f'{3:{{>10}'",
    "f'{lambda x:x}'", "f'{+ lambda:None}'", "f'{a[1 2]}'", "f'{1 +}'", "f'}'", "f'{3!z}'",
    'f"{1+2:{1+2:{1+1:{1}}}}"', "t'{}'", "t'{a $ b}'", "f'{a!r b}'", "f'{a = b}'",
]:
    try:
        compile(text, "?", "eval")
    except SyntaxError as e:
        print(text, "|", e.msg)
    else:
        print(text, "| accepted")

import warnings
for text in [r"f'\{1}'", r"f'\g'", r"f'{1:\_}'", r"'\400'", r"b'\777'", r"rf'\g{1}'", r"f'\{{'", r"'\q'", r"'\377'"]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        compile(text, "?", "eval")
    print(text, [str(w.message) for w in caught])
print(f'''{1+2 = # a comment
  }''')
