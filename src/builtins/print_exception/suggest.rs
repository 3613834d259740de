//! "Did you mean": the name most like a wrong one.

use crate::builtins::exceptions::base::exc;
use crate::interp::frameobj;
use crate::object::Obj;
use crate::object::dict::Dict;
use crate::object::exception::Traceback;
use crate::object::frame::FrameObj;
use crate::object::string::Str;
use crate::object::type_ids::TypeId;
use crate::record::late;
use crate::runtime::thread::Thread;

const MOVE: usize = 2;
const CASE: usize = 1;
const MAX_NAME: usize = 40;
const MAX_CANDIDATES: usize = 750;

fn names(th: &Thread, list: &[Obj]) -> Vec<String> {
    list.iter()
        .filter(|o| o.cast::<Str>().is_some())
        .map(|o| th.str_text(o))
        .collect()
}

fn dir(th: &Thread, o: &Obj) -> Option<Vec<String>> {
    let d = match o.cast::<crate::object::types::Type>() {
        Some(_) => {
            let f = th.getattr(th.type_of(o).obj(), "__dir__").ok()?;
            th.call(&f, std::slice::from_ref(o)).ok()?
        }
        None => th.call_method(o, "__dir__", &[]).ok()?,
    };
    let mut v = names(th, &th.collect(&d).ok()?);
    v.sort();
    Some(v)
}

/// The frame in which the exception was raised.
fn last_frame(th: &Thread, e: &Obj) -> Option<Obj> {
    let mut at = late::traceback(th, exc(e))?;
    loop {
        let next = at.cast::<Traceback>()?.next.get();
        match next {
            Some(n) => at = n,
            None => return at.cast::<Traceback>()?.frame.get(),
        }
    }
}

fn local(th: &Thread, frame: &Obj, name: &str) -> Option<Obj> {
    let l = frameobj::locals(th, frame.cast::<FrameObj>()?).ok()?;
    as_dict(th, &l)?.cast::<Dict>()?.get_str(th, name)
}

/// The variables of a frame, as they are now, where they are no dict.
fn as_dict(th: &Thread, l: &Obj) -> Option<Obj> {
    match l.cast::<Dict>() {
        Some(_) => Some(l.clone()),
        None => th.call_method(l, "copy", &[]).ok(),
    }
}

/// The name to suggest for a NameError, AttributeError or ImportError.
pub fn suggestion(th: &Thread, e: &Obj) -> Option<String> {
    let p = exc(e);
    let wrong = if th.is_a(e, TypeId::ImportError) {
        p.extra[3].get()?
    } else {
        p.extra[0].get()?
    };
    let wrong = wrong.cast::<Str>()?.to_rust();
    let hidden = !wrong.starts_with('_');
    let candidates = if th.is_a(e, TypeId::AttributeError) {
        let o = p.extra[1].get()?;
        let mut d = dir(th, &o)?;
        let inside = last_frame(th, e)
            .and_then(|f| local(th, &f, "self"))
            .is_some_and(|s| s.is(&o));
        if hidden && !inside {
            d.retain(|n| !n.starts_with('_'));
        }
        d
    } else if th.is_a(e, TypeId::ImportError) {
        let module = th
            .import(p.extra[0].get()?.cast::<Str>()?.to_rust().as_str())
            .ok()?;
        let mut d = dir(th, &module)?;
        if hidden {
            d.retain(|n| !n.starts_with('_'));
        }
        d
    } else {
        let frame = last_frame(th, e)?;
        let f = frame.cast::<FrameObj>()?;
        if let Some(me) = local(th, &frame, "self") {
            if th.getattr_opt(&me, &wrong).ok().flatten().is_some() {
                return Some(format!("self.{wrong}"));
            }
        }
        let locals = as_dict(th, &frameobj::locals(th, f).ok()?)?;
        let mut d = Vec::new();
        for m in [&locals, &f.globals, &f.builtins] {
            if let Some(m) = m.cast::<Dict>() {
                let keys: Vec<Obj> = m.items().into_iter().map(|(k, _)| k).collect();
                d.extend(names(th, &keys));
            }
        }
        d
    };
    closest(&candidates, &wrong)
}

fn closest(candidates: &[String], wrong: &str) -> Option<String> {
    let a: Vec<char> = wrong.chars().collect();
    if candidates.len() > MAX_CANDIDATES || a.len() > MAX_NAME {
        return None;
    }
    let mut best = a.len();
    let mut found: Option<&String> = None;
    for c in candidates {
        if c == wrong {
            continue;
        }
        let b: Vec<char> = c.chars().collect();
        // No more than a third of the characters involved may change.
        let max = ((b.len() + a.len() + 3) * MOVE / 6).min(best.saturating_sub(1));
        let d = distance(&a, &b, max);
        if d > max {
            continue;
        }
        if found.is_none() || d < best {
            found = Some(c);
            best = d;
        }
    }
    found.cloned()
}

fn cost(a: char, b: char) -> usize {
    if a == b {
        0
    } else if a.to_lowercase().eq(b.to_lowercase()) {
        CASE
    } else {
        MOVE
    }
}

/// The edit distance, `max + 1` where it is more than `max`.
fn distance(a: &[char], b: &[char], max: usize) -> usize {
    let pre = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (mut a, mut b) = (&a[pre..], &b[pre..]);
    let post = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    a = &a[..a.len() - post];
    b = &b[..b.len() - post];
    if a.is_empty() || b.is_empty() {
        return MOVE * (a.len() + b.len());
    }
    if a.len() > MAX_NAME || b.len() > MAX_NAME {
        return max + 1;
    }
    if b.len() < a.len() {
        std::mem::swap(&mut a, &mut b);
    }
    if (b.len() - a.len()) * MOVE > max {
        return max + 1;
    }
    let mut row: Vec<usize> = (1..=a.len()).map(|i| i * MOVE).collect();
    let mut result = 0;
    for (j, y) in b.iter().enumerate() {
        let mut diag = j * MOVE;
        result = diag;
        let mut least = usize::MAX;
        for (i, x) in a.iter().enumerate() {
            let substitute = diag + cost(*y, *x);
            diag = row[i];
            result = (result.min(diag) + MOVE).min(substitute);
            row[i] = result;
            least = least.min(result);
        }
        if least > max {
            return max + 1;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_suggested() {
        let c = |v: &[&str], w| closest(&v.iter().map(|s| s.to_string()).collect::<Vec<_>>(), w);
        assert_eq!(c(&["foo", "value"], "vlaue").as_deref(), Some("value"));
        assert_eq!(c(&["foo"], "bar"), None);
        assert_eq!(c(&["print"], "Print").as_deref(), Some("print"));
    }
}
