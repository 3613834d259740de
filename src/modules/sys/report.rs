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
