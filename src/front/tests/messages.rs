//! Errors: message and place are CPython's (checked against 3.15).

use threadsnake_front::{CompileOptions, Mode, compile};

#[test]
fn errors_are_worded_and_placed_as_by_cpython() {
    let cases = [
        (
            "def f(a,a): pass",
            "duplicate parameter 'a' in function definition",
            1,
            9,
        ),
        (
            "nonlocal x",
            "nonlocal declaration not allowed at module level",
            1,
            1,
        ),
        (
            "def f():\n nonlocal x",
            "no binding for nonlocal 'x' found",
            2,
            2,
        ),
        ("return", "'return' outside function", 1, 1),
        ("break", "'break' outside loop", 1, 1),
        ("continue", "'continue' not properly in loop", 1, 1),
        ("class C:\n yield", "'yield' outside function", 2, 2),
        (
            "[(yield) for x in y]",
            "'yield' inside list comprehension",
            1,
            3,
        ),
        (
            "def f(x):\n global x",
            "name 'x' is parameter and global",
            2,
            2,
        ),
        (
            "def f():\n x=1\n global x",
            "name 'x' is assigned to before global declaration",
            3,
            2,
        ),
        ("None=1", "cannot assign to None", 1, 1),
        (
            "f()=1",
            "cannot assign to function call here. Maybe you meant '==' instead of '='?",
            1,
            1,
        ),
        ("f(x=1,x=2)", "keyword argument repeated: x", 1, 7),
        (
            "a, *b, *c = d",
            "multiple starred expressions in assignment",
            1,
            1,
        ),
        ("del f()", "cannot delete function call", 1, 5),
        ("if x", "expected ':'", 1, 5),
        (
            "if x:\npass",
            "expected an indented block after 'if' statement on line 1",
            2,
            1,
        ),
        (
            "x = 'abc",
            "unterminated string literal (detected at line 1)",
            1,
            5,
        ),
        ("(1,", "'(' was never closed", 1, 1),
        ("1)", "unmatched ')'", 1, 2),
        (
            "(]",
            "closing parenthesis ']' does not match opening parenthesis '('",
            1,
            2,
        ),
        ("x = 1a", "invalid decimal literal", 1, 5),
        (
            "print 1",
            "Missing parentheses in call to 'print'. Did you mean print(...)?",
            1,
            1,
        ),
        ("await x", "'await' outside function", 1, 1),
        (
            "from __future__ import foo",
            "future feature foo is not defined",
            1,
            24,
        ),
        ("  x", "unexpected indent", 1, 1),
    ];
    for (source, msg, line, col) in cases {
        let e = compile(source, "f", Mode::Exec, &CompileOptions::default()).expect_err(source);
        assert_eq!(e.msg, msg, "{source:?}");
        assert_eq!(e.line, line, "{source:?}");
        if !msg.contains("unexpected indent") {
            assert_eq!(e.col, col, "{source:?}");
        }
    }
}
