from pygments import highlight, lex
from pygments.formatters import HtmlFormatter, NullFormatter
from pygments.lexers import get_lexer_by_name

code = "def f(x: int = 0x1F) -> str:\n    return f'{x!r:>{3}}' + \"a\\n\"  # end\n"
print(highlight(code, get_lexer_by_name("python"), HtmlFormatter()))
for name, text in [("json", '{"a": [1, true]}'), ("c", "int main(void) { return 0; } /* c */"), ("html", "<a b='c'>d</a>")]:
    print([(str(t), v) for t, v in lex(text, get_lexer_by_name(name))])
print(highlight("SELECT 1;", get_lexer_by_name("sql"), NullFormatter()))
