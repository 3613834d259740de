//! Expressions over numbers, text and bytes against CPython's answers (`tests/values`), without the interpreter: each
//! expression is a small stack program.

use crate::object::obj::Obj;
use crate::object::slice::Slice;
use crate::object::slots::{BinOp, CallArgs, CmpOp};
use crate::object::type_ids::TypeId;
use crate::runtime::error::Res;
use crate::runtime::runtime::{Options, Runtime};
use crate::runtime::thread::Thread;
use threadsnake_algo::float::from_hex;

fn number(s: &str) -> f64 {
    from_hex(s).expect("a hexadecimal float")
}

fn binary(th: &Thread, op: &str, a: &Obj, b: &Obj) -> Res {
    if let Some(op) = BinOp::ALL.into_iter().find(|o| o.sign() == op) {
        return th.binary(op, a, b);
    }
    const CMP: [CmpOp; 6] = [
        CmpOp::Lt,
        CmpOp::Le,
        CmpOp::Eq,
        CmpOp::Ne,
        CmpOp::Gt,
        CmpOp::Ge,
    ];
    if let Some(op) = CMP.into_iter().find(|o| o.sign() == op) {
        return th.compare(a, b, op);
    }
    match op {
        "**" => th.pow(a, b, &Obj::NONE),
        "in" => th.contains(b, a).map(Obj::bool),
        "notin" => th.contains(b, a).map(|r| Obj::bool(!r)),
        _ => panic!("operator {op}"),
    }
}

fn call(th: &Thread, stack: &mut Vec<Obj>, shape: &str) -> Res {
    let (n, names) = shape.split_once(':').expect("a call");
    let names: Vec<Obj> = names
        .split(',')
        .filter(|s| !s.is_empty())
        .map(|s| th.intern(s))
        .collect();
    let n: usize = n.parse::<usize>().expect("a count") + names.len();
    let all = stack.split_off(stack.len() - n);
    let f = stack.pop().expect("a function");
    th.call_args(
        &f,
        CallArgs {
            all: &all,
            kwnames: &names,
        },
    )
}

/// A builtin by its name, before anything has been imported.
fn named(th: &Thread, name: &str) -> Res {
    if let Some(t) = super::table::DEFS.iter().find(|d| d.name == name) {
        return Ok(th.ty(t.id).obj().clone());
    }
    match super::functions::MODULE
        .functions
        .iter()
        .find(|f| f.name == name)
    {
        Some(f) => Ok(super::start::function_object(th, f, None, None)),
        None => Err(th.system_error(format!("no builtin {name}"))),
    }
}

fn run(th: &Thread, program: &str) -> Res {
    let mut stack: Vec<Obj> = Vec::new();
    for token in program.split(' ') {
        let (kind, rest) = token.split_at(1);
        let mut pop = || stack.pop().expect("an operand");
        let made = match kind {
            "k" => match rest {
                "None" => Obj::NONE,
                "True" => Obj::TRUE,
                "False" => Obj::FALSE,
                _ => Obj::ELLIPSIS,
            },
            "i" => th.bigint(rest.parse().expect("an integer")),
            "f" => Obj::float(number(rest)),
            "c" => {
                let args = [Obj::float(0.0), Obj::float(number(rest))];
                th.call(th.ty(TypeId::Complex).obj(), &args)?
            }
            "s" => {
                let units: Vec<u32> = rest
                    .split('.')
                    .filter_map(|c| u32::from_str_radix(c, 16).ok())
                    .collect();
                th.str_data(units.as_slice().into())?
            }
            "b" => {
                let at =
                    |i: usize| u8::from_str_radix(&rest[2 * i..2 * i + 2], 16).expect("a byte");
                th.bytes(&(0..rest.len() / 2).map(at).collect::<Vec<u8>>())?
            }
            "n" => named(th, rest)?,
            "a" => th.getattr(&pop(), rest)?,
            "S" => {
                let key = pop();
                th.getitem(&pop(), &key)?
            }
            "L" => {
                let (step, stop, start) = (pop(), pop(), pop());
                th.alloc(Slice { start, stop, step }).into_obj()
            }
            "o" => {
                let b = pop();
                binary(th, rest, &pop(), &b)?
            }
            "u" => match rest {
                "neg" => th.unary_neg(&pop())?,
                "pos" => th.unary_pos(&pop())?,
                _ => th.unary_invert(&pop())?,
            },
            "C" => call(th, &mut stack, rest)?,
            "T" | "V" | "D" => {
                let n: usize = rest.parse().expect("a count");
                let at = stack.len() - if kind == "D" { 2 * n } else { n };
                let items = stack.split_off(at);
                match kind {
                    "T" => th.tuple(items)?,
                    "V" => th.list(items)?,
                    _ => {
                        let d = th.new_dict()?;
                        for pair in items.chunks(2) {
                            d.set_item(th, &pair[0], pair[1].clone())?;
                        }
                        d.into_obj()
                    }
                }
            }
            _ => panic!("token {token}"),
        };
        stack.push(made);
    }
    Ok(stack.pop().expect("a result"))
}

/// As the generator writes answers: Python's `unicode_escape`.
fn escaped(o: &Obj) -> String {
    let s = o.cast::<crate::object::string::Str>().expect("text");
    threadsnake_algo::text::codec::encode_unicode_escape(s.text())
        .into_iter()
        .map(char::from)
        .collect()
}

#[test]
fn numbers_text_and_bytes_answer_as_cpython() {
    let rt = Runtime::new(Options::default()).expect("a runtime");
    let th = Thread::attach(&rt).expect("a thread");
    let th = &*th;
    // Answers are texts of exceptions and of None: nothing to compare before those types are in the table.
    let defined = |id: TypeId| super::table::all().any(|d| d.id == id);
    if !defined(TypeId::ValueError) || !defined(TypeId::NoneType) {
        return;
    }
    let (mut wrong, mut all) = (0, 0);
    for line in include_str!("../../tests/values/values.txt").lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        all += 1;
        let got = run(th, fields[1])
            .and_then(|o| th.repr(&o))
            .map(|s| s.into_obj());
        let got = match got {
            Ok(s) => escaped(&s),
            Err(e) => {
                let text = th
                    .to_str(e.obj())
                    .map(|s| escaped(s.obj()))
                    .unwrap_or_default();
                format!("{}: {text}", th.type_name(e.obj()))
            }
        };
        // Versions that differ are both right.
        if !fields[2..].contains(&got.as_str()) {
            wrong += 1;
            eprintln!(
                "{}\n  want {}\n  got  {got}",
                fields[0],
                fields[2..].join("\n   or  ")
            );
        }
    }
    assert_eq!(wrong, 0, "of {all}");
}
