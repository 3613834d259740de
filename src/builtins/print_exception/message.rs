//! The part of the text behind the traceback: class, message, notes; for syntax errors the line.

use super::suggest;
use crate::builtins::exceptions::base::exc;
use crate::builtins::module::is_stdlib_name;
use crate::object::Obj;
use crate::object::list::List;
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::runtime::thread::Thread;

/// Class and message, notes behind them.
pub fn format(th: &Thread, e: &Obj) -> String {
    let name = type_name(th, e);
    let mut out = if th.is_a(e, TypeId::SyntaxError) {
        syntax(th, e, &name)
    } else {
        let mut text = safe(th, e, "exception");
        suggest_into(th, e, &mut text);
        if text.is_empty() {
            format!("{name}\n")
        } else {
            format!("{name}: {text}\n")
        }
    };
    notes(th, e, &mut out);
    out
}

fn safe(th: &Thread, o: &Obj, what: &str) -> String {
    match th.to_str(o) {
        Ok(s) => s.to_rust(),
        Err(_) => format!("<{what} str() failed>"),
    }
}

fn type_name(th: &Thread, e: &Obj) -> String {
    let t = th.type_of(e).obj();
    let q = match th.getattr(t, "__qualname__") {
        Ok(q) => th.str_text(&q),
        Err(_) => th.type_name(e),
    };
    match th.getattr_opt(t, "__module__") {
        Ok(Some(m)) => match m.cast::<Str>() {
            Some(s) if s.eq_rust("__main__") || s.eq_rust("builtins") => q,
            Some(s) => format!("{}.{q}", s.to_rust()),
            None => format!("<unknown>.{q}"),
        },
        _ => q,
    }
}

fn suggest_into(th: &Thread, e: &Obj, text: &mut String) {
    let import = th.is_a(e, TypeId::ImportError);
    let name_error = th.is_a(e, TypeId::NameError);
    if !import && !name_error && !th.is_a(e, TypeId::AttributeError) {
        return;
    }
    let s = suggest::suggestion(th, e);
    if let Some(s) = &s {
        text.push_str(&format!(". Did you mean: '{s}'?"));
    }
    if name_error {
        if let Some(n) = exc(e).extra[0].get().filter(|n| is_stdlib_name(th, n)) {
            let n = th.str_text(&n);
            if s.is_some() {
                text.push_str(&format!(" Or did you forget to import '{n}'?"));
            } else {
                text.push_str(&format!(". Did you forget to import '{n}'?"));
            }
        }
    }
}

fn notes(th: &Thread, e: &Obj, out: &mut String) {
    let Ok(Some(n)) = th.getattr_opt(e, "__notes__") else {
        return;
    };
    if n.is_none() {
        return;
    }
    let items = match (n.cast::<List>(), n.cast::<Tuple>()) {
        (Some(l), _) => l.to_vec(th),
        (None, Some(t)) => t.items().to_vec(),
        _ => {
            let r = match th.repr(&n) {
                Ok(r) => r.to_rust(),
                Err(_) => "<__notes__ repr() failed>".to_owned(),
            };
            out.push_str(&r);
            out.push('\n');
            return;
        }
    };
    for note in items {
        for line in safe(th, &note, "note").split('\n') {
            out.push_str(line);
            out.push('\n');
        }
    }
}

fn syntax(th: &Thread, e: &Obj, name: &str) -> String {
    let p = exc(e);
    let given = |i: usize| p.extra[i].get().filter(|o| !o.is_none());
    let mut out = String::new();
    let mut suffix = String::new();
    let file = given(1).map(|f| safe(th, &f, "filename"));
    match given(2) {
        Some(line) => {
            let f = file.clone().filter(|f| !f.is_empty());
            out.push_str(&format!(
                "  File \"{}\", line {}\n",
                f.as_deref().unwrap_or("<string>"),
                safe(th, &line, "line")
            ));
        }
        None => {
            if let Some(f) = &file {
                suffix = format!(" ({f})");
            }
        }
    }
    if let Some(text) = given(4).and_then(|t| t.cast::<Str>().map(|s| s.to_rust())) {
        source_line(th, e, &text, &mut out);
    }
    let msg = match given(0) {
        Some(m) => safe(th, &m, "message"),
        None => String::new(),
    };
    let msg = if msg.is_empty() {
        "<no detail available>".to_owned()
    } else {
        msg
    };
    out.push_str(&format!("{name}: {msg}{suffix}\n"));
    out
}

/// The line of a syntax error, with carets where its columns are known.
fn source_line(th: &Thread, e: &Obj, text: &str, out: &mut String) {
    let p = exc(e);
    let attr = |n: &str| e.instance_attr(th, &th.intern(n)).filter(|o| !o.is_none());
    let raw = text.trim_end_matches('\n');
    let line = raw.trim_start_matches([' ', '\n', '\u{c}']);
    let chars = |s: &str| s.chars().count() as i64;
    let spaces = chars(raw) - chars(line);
    let offset = p.extra[3].get().filter(|o| !o.is_none());
    let Some(offset) = offset else {
        out.push_str(&format!("    {line}\n"));
        return;
    };
    let Some(mut offset) = offset.as_small_int() else {
        return;
    };
    let same_line = match (p.extra[2].get(), attr("end_lineno")) {
        (Some(a), Some(b)) => a.as_small_int() == b.as_small_int(),
        (None, None) => true,
        _ => false,
    };
    let mut end = if same_line {
        match attr("end_offset").and_then(|o| o.as_small_int()) {
            Some(n) if n != 0 => n,
            _ => offset,
        }
    } else {
        chars(raw) + 1
    };
    if !text.is_empty() {
        if offset > chars(text) {
            offset = chars(raw) + 1;
        }
        if end > chars(text) {
            end = chars(raw) + 1;
        }
    }
    if offset >= end || end < 0 {
        end = offset + 1;
    }
    let (col, end_col) = (offset - 1 - spaces, end - 1 - spaces);
    out.push_str(&format!("    {line}\n"));
    if col >= 0 {
        let lead: String = line
            .chars()
            .take(col as usize)
            .map(|c| if c.is_whitespace() { c } else { ' ' })
            .collect();
        let carets = "^".repeat((end_col - col).clamp(0, 10_000) as usize);
        out.push_str(&format!("    {lead}{carets}\n"));
    }
}
