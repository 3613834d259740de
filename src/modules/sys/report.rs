//! Printing of exceptions: uncaught ones, and those that cannot be raised.

use crate::modules::prelude::*;

/// Prints an uncaught exception with its traceback to `sys.stderr`: (`builtins::print_exception`).
pub fn print_exception(th: &Thread, e: &Obj) {
    let err = match th.sys_get("stderr") {
        Some(s) if !s.is_none() => s,
        _ => return,
    };
    if let Some(out) = th.sys_get("stdout").filter(|s| !s.is_none()) {
        drop(th.call_method(&out, "flush", &[]));
    }
    if in_colour(th, &err, e).is_some() {
        return;
    }
    let text = crate::builtins::print_exception::format(th, e);
    let text = if text.is_empty() { plain(th, e) } else { text };
    let wrote = th
        .str(&text)
        .and_then(|s| th.call_method(&err, "write", &[s]));
    if wrote.is_err() {
        eprint!("{text}");
    }
    drop(th.call_method(&err, "flush", &[]));
}

/// Has the library print it, which knows the colours. `None`: that is no terminal, or it cannot.
fn in_colour(th: &Thread, err: &Obj, e: &Obj) -> Option<()> {
    let terminal = th.call_method(err, "isatty", &[]).ok()?;
    if !th.truthy(&terminal).ok()? {
        return None;
    }
    let cache = th.getattr(&th.import("linecache").ok()?, "cache").ok()?;
    for (name, text) in crate::builtins::print_exception::registered(th) {
        let lines: Result<Vec<Obj>, Exc> =
            text.lines().map(|l| th.str(&format!("{l}\n"))).collect();
        let (name, lines) = (th.str(&name).ok()?, th.list(lines.ok()?).ok()?);
        let size = th.int(text.len() as i64);
        let entry = tuple_of(th, [size, Obj::NONE, lines, name.clone()]).ok()?;
        th.call_method(&cache, "setdefault", &[name, entry]).ok()?;
    }
    let traceback = th.import("traceback").ok()?;
    th.call_method(
        &traceback,
        "_print_exception_bltin",
        std::slice::from_ref(e),
    )
    .ok()
    .map(drop)
}

/// The exception with the lines of its traceback, without source text.
fn plain(th: &Thread, e: &Obj) -> String {
    let mut out = String::new();
    let mut tb = th.getattr_opt(e, "__traceback__").ok().flatten();
    if tb.as_ref().is_some_and(|t| !t.is_none()) {
        out.push_str("Traceback (most recent call last):\n");
    }
    let mut n = 0;
    while let Some(t) = tb.filter(|t| !t.is_none()) {
        let line = (|| -> Res<String> {
            let frame = th.getattr(&t, "tb_frame")?;
            let code = th.getattr(&frame, "f_code")?;
            Ok(format!(
                "  File \"{}\", line {}, in {}\n",
                th.str_text(&th.getattr(&code, "co_filename")?),
                th.repr(&th.getattr(&t, "tb_lineno")?)?.to_rust(),
                th.str_text(&th.getattr(&code, "co_name")?)
            ))
        })();
        out.push_str(&line.unwrap_or_default());
        tb = th.getattr_opt(&t, "tb_next").ok().flatten();
        n += 1;
        if n > 1000 {
            break;
        }
    }
    let name = th.type_name(e);
    match th.to_str(e) {
        Ok(s) if s.is_empty() => out.push_str(&name),
        Ok(s) => out.push_str(&format!("{name}: {}", s.to_rust())),
        Err(_) => out.push_str(&format!("{name}: <exception str() failed>")),
    }
    out
}

/// What `sys.unraisablehook` prints for its argument.
pub fn print_unraisable(th: &Thread, args: &Obj) -> Res<()> {
    let err = match th.sys_get("stderr") {
        Some(s) if !s.is_none() => s,
        _ => return Ok(()),
    };
    let msg = th.getattr(args, "err_msg")?;
    let object = th.getattr(args, "object")?;
    let value = th.getattr(args, "exc_value")?;
    let head = if msg.is_none() {
        "Exception ignored in".to_owned()
    } else {
        th.str_text(&msg)
    };
    let line = if object.is_none() {
        format!("{head}:\n")
    } else {
        let r = match th.repr(&object) {
            Ok(r) => r.to_rust(),
            Err(_) => "<object repr() failed>".to_owned(),
        };
        format!("{head}: {r}\n")
    };
    th.call_method(&err, "write", &[th.str(&line)?])?;
    if !value.is_none() {
        print_exception(th, &value);
    }
    Ok(())
}
