//! The text of an uncaught exception, as CPython prints it: traceback with source lines and carets (`frames`), the message with
//! notes and suggestions (`message`, `suggest`), chained exceptions and groups (here).

use super::exceptions::base::exc;
use super::exceptions::group;
use crate::object::Obj;
use crate::object::exception::BaseException;
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::atomic::Ordering;

mod frames;
mod message;
mod suggest;

pub use frames::{register_program, register_source, registered};

const CAUSE: &str = "\nThe above exception was the direct cause of the following exception:\n\n";
const CONTEXT: &str = "\nDuring handling of the above exception, another exception occurred:\n\n";
const MAX_WIDTH: usize = 15;
const MAX_DEPTH: usize = 10;

/// Where in nested groups the text is.
#[derive(Default)]
struct Context {
    depth: usize,
    need_close: bool,
    seen: Vec<u64>,
    out: String,
}

impl Context {
    fn indent(&self) -> String {
        " ".repeat(2 * self.depth)
    }
    fn emit(&mut self, text: &str, margin: char) {
        if self.depth == 0 {
            self.out.push_str(text);
            return;
        }
        let lead = format!("{}{margin} ", self.indent());
        for line in text.split_inclusive('\n') {
            self.out.push_str(&lead);
            self.out.push_str(line);
        }
    }
}

/// The whole text, newline at the end.
pub fn format(th: &Thread, e: &Obj) -> String {
    let mut c = Context::default();
    if e.cast::<BaseException>().is_some() {
        one(th, e, &mut c);
    }
    c.out
}

/// An exception with those that it is chained to, the oldest first.
fn one(th: &Thread, e: &Obj, c: &mut Context) {
    let mut chain: Vec<(Option<&str>, Obj)> = Vec::new();
    let mut at = Some(e.clone());
    while let Some(x) = at {
        c.seen.push(x.value().0);
        let p = exc(&x);
        let fresh = |o: &Obj| !c.seen.contains(&o.value().0);
        let next = match p.cause.get().filter(fresh) {
            Some(cause) => Some((CAUSE, cause)),
            None if !p.suppress.load(Ordering::Relaxed) => {
                p.context.get().filter(fresh).map(|o| (CONTEXT, o))
            }
            None => None,
        };
        chain.push((next.as_ref().map(|n| n.0), x));
        at = next.map(|n| n.1);
    }
    for (msg, x) in chain.into_iter().rev() {
        if let Some(m) = msg {
            c.emit(m, '|');
        }
        if group::is_group(th, &x) {
            whole_group(th, &x, c);
        } else {
            let stack = frames::format(th, &x);
            if !stack.is_empty() {
                c.emit("Traceback (most recent call last):\n", '|');
                c.emit(&stack, '|');
            }
            c.emit(&message::format(th, &x), '|');
        }
    }
}

fn whole_group(th: &Thread, x: &Obj, c: &mut Context) {
    if c.depth > MAX_DEPTH {
        c.emit(&format!("... (max_group_depth is {MAX_DEPTH})\n"), '|');
        return;
    }
    let top = c.depth == 0;
    if top {
        c.depth = 1;
    }
    let stack = frames::format(th, x);
    if !stack.is_empty() {
        c.emit(
            "Exception Group Traceback (most recent call last):\n",
            if top { '+' } else { '|' },
        );
        c.emit(&stack, '|');
    }
    c.emit(&message::format(th, x), '|');
    let members = group::members(exc(x));
    let n = if members.len() <= MAX_WIDTH {
        members.len()
    } else {
        MAX_WIDTH + 1
    };
    c.need_close = false;
    for (i, m) in members.iter().enumerate().take(n) {
        let last = i + 1 == n;
        if last {
            c.need_close = true;
        }
        let cut = i >= MAX_WIDTH;
        let title = if cut {
            "...".to_owned()
        } else {
            (i + 1).to_string()
        };
        let lead = c.indent();
        let plus = if i == 0 { "+-" } else { "  " };
        c.out.push_str(&format!(
            "{lead}{plus}+---------------- {title} ----------------\n"
        ));
        c.depth += 1;
        if cut {
            let rest = members.len() - MAX_WIDTH;
            let s = if rest > 1 { "s" } else { "" };
            c.emit(&format!("and {rest} more exception{s}\n"), '|');
        } else {
            one(th, m, c);
        }
        if last && c.need_close {
            let lead = c.indent();
            c.out
                .push_str(&format!("{lead}+------------------------------------\n"));
            c.need_close = false;
        }
        c.depth -= 1;
    }
    if top {
        c.depth = 0;
    }
}
