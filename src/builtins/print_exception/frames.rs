//! The traceback part: one entry a frame, with its source lines and carets from the positions table.

use crate::builtins::exceptions::base::exc;
use crate::builtins::traceback;
use crate::object::Obj;
use crate::object::code::Code;
use crate::object::exception::Traceback;
use crate::object::frame::FrameObj;
use crate::record::late;
use crate::runtime::thread::Thread;
use foldhash::HashMap;
use std::collections::BTreeSet;
use std::fmt::Write;
use threadsnake_front::anchors;
use threadsnake_front::code::{Code as FrontCode, Pos};
use threadsnake_threads::sync::Arc;
use threadsnake_threads::sync::Mutex;

/// Equal entries in a row that are printed before they are counted.
const REPEATS: usize = 3;

/// Sources of code that has no file (`-c`, the interactive prompt), by the name in their code objects. Where others have the
/// same name: whose they are.
#[derive(Default)]
struct Sources(Mutex<HashMap<String, (Arc<str>, Vec<Arc<FrontCode>>)>>);

/// Keeps the source of a code object, and of those in it.
pub fn register_program(th: &Thread, code: &Obj, text: &str) {
    let Some(code) = code.cast::<Code>() else {
        return;
    };
    let mut all = vec![code.front.clone()];
    let mut left: Vec<Obj> = code.consts.to_vec();
    while let Some(o) = left.pop() {
        if let Some(c) = o.cast::<Code>() {
            all.push(c.front.clone());
            left.extend(c.consts.iter().cloned());
        }
    }
    let name = th.str_text(&code.filename);
    let sources = &th.rt().module_state::<Sources>().0;
    let old = sources.lock().insert(name, (text.into(), all));
    drop(old);
}

/// Keeps the source of code without a file for tracebacks.
pub fn register_source(th: &Thread, name: &str, text: &str) {
    let old = th
        .rt()
        .module_state::<Sources>()
        .0
        .lock()
        .insert(name.to_owned(), (text.into(), Vec::new()));
    drop(old);
}

/// All that is kept: names and texts.
pub fn registered(th: &Thread) -> Vec<(String, Arc<str>)> {
    let sources = th.rt().module_state::<Sources>().0.lock();
    sources
        .iter()
        .map(|(name, (text, _))| (name.clone(), text.clone()))
        .collect()
}

/// The source of a file: registered, of the embedded library, or on disk where the program may read files.
fn source(th: &Thread, name: &str, code: &Arc<FrontCode>) -> Option<Arc<str>> {
    if let Some((s, of)) = th.rt().module_state::<Sources>().0.lock().get(name) {
        let its = of.is_empty() || of.iter().any(|c| Arc::ptr_eq(c, code));
        return its.then(|| s.clone());
    }
    let bytes = match crate::modules::import::library::find_path(name) {
        Some(e) => e.source()?,
        None if th.rt().options.capabilities.files && !name.starts_with('<') => {
            std::fs::read(name).ok()?
        }
        None => return None,
    };
    Some(String::from_utf8_lossy(&bytes).replace("\r\n", "\n").into())
}

struct Entry {
    file: String,
    line: u32,
    name: String,
    pos: Option<Pos>,
    code: Arc<FrontCode>,
}

fn entries(th: &Thread, e: &Obj) -> Vec<Entry> {
    let mut out = Vec::new();
    let mut at = late::traceback(th, exc(e));
    while let Some(o) = at {
        let Some(t) = o.cast::<Traceback>() else {
            break;
        };
        let frame = t.frame.get();
        if let Some(c) = frame
            .as_ref()
            .and_then(|f| f.cast::<FrameObj>())
            .and_then(|f| f.code.cast::<Code>())
        {
            let line = traceback::line(t);
            let pos = c.front.pos(t.lasti as usize);
            out.push(Entry {
                file: th.str_text(&c.filename),
                line,
                name: th.str_text(&c.name),
                pos: Some(pos).filter(|p| p.line == line && line != 0 && p.end_line >= line),
                code: c.front.clone(),
            });
        }
        at = t.next.get();
    }
    let limit = th.sys_get("tracebacklimit").and_then(|l| th.as_bigint(&l));
    if let Some(n) = limit {
        let n = match i64::try_from(&n) {
            Ok(n) => n.max(0) as usize,
            Err(_) if n < dashu_int::IBig::ZERO => 0,
            Err(_) => usize::MAX,
        };
        if out.len() > n {
            out.drain(..out.len() - n);
        }
    }
    out
}

/// The lines of the traceback; empty where there is none.
pub fn format(th: &Thread, e: &Obj) -> String {
    let mut out = String::new();
    let mut files: HashMap<String, Option<Arc<str>>> = HashMap::default();
    let mut last: Option<(String, u32, String)> = None;
    let mut count = 0;
    let repeated = |out: &mut String, count: usize| {
        if count > REPEATS {
            let n = count - REPEATS;
            let s = if n > 1 { "s" } else { "" };
            let _ = writeln!(out, "  [Previous line repeated {n} more time{s}]");
        }
    };
    for x in entries(th, e) {
        let key = (x.file.clone(), x.line, x.name.clone());
        if last.as_ref() != Some(&key) {
            repeated(&mut out, count);
            last = Some(key);
            count = 0;
        }
        count += 1;
        if count > REPEATS {
            continue;
        }
        let file = if x.file.starts_with("<stdin-") {
            "<stdin>"
        } else {
            &x.file
        };
        let _ = writeln!(out, "  File \"{file}\", line {}, in {}", x.line, x.name);
        let src = match x.file.starts_with('<') {
            true => source(th, &x.file, &x.code),
            false => files
                .entry(x.file.clone())
                .or_insert_with(|| source(th, &x.file, &x.code))
                .clone(),
        };
        if let Some(src) = src {
            source_lines(&src, &x, &mut out);
        }
    }
    repeated(&mut out, count);
    out
}

/// Removes the whitespace that all lines begin with; blank lines become empty.
fn dedent(lines: &[String]) -> Vec<String> {
    let lead = |l: &str| l.len() - l.trim_start_matches([' ', '\t']).len();
    let mut margin: Option<&str> = None;
    for l in lines.iter().filter(|l| !l.trim().is_empty()) {
        let own = &l[..lead(l)];
        margin = Some(match margin {
            None => own,
            Some(m) => {
                let n = m
                    .bytes()
                    .zip(own.bytes())
                    .take_while(|(a, b)| a == b)
                    .count();
                &m[..n]
            }
        });
    }
    let n = margin.map_or(0, str::len);
    lines
        .iter()
        .map(|l| {
            if l.trim().is_empty() {
                String::new()
            } else {
                l[n..].to_owned()
            }
        })
        .collect()
}

fn char_offset(line: &str, byte: usize) -> usize {
    String::from_utf8_lossy(&line.as_bytes()[..byte.min(line.len())])
        .chars()
        .count()
}

fn source_lines(src: &str, x: &Entry, out: &mut String) {
    let first = x.line as usize;
    if first == 0 {
        return;
    }
    let end = x.pos.map_or(x.line, |p| p.end_line) as usize;
    let original: Vec<String> = src
        .split('\n')
        .skip(first - 1)
        .take(end - first + 1)
        .map(|l| l.trim_end().to_owned())
        .collect();
    if original.iter().all(|l| l.trim().is_empty()) {
        return;
    }
    let Some(p) = x.pos.filter(|_| original.len() == end - first + 1) else {
        let _ = writeln!(out, "    {}", original[0].trim());
        return;
    };
    let lines = dedent(&original);
    let n = lines.len();
    let cut = original[0].chars().count() - lines[0].chars().count();
    let start = char_offset(&original[0], p.col as usize).saturating_sub(cut);
    let stop = char_offset(&original[n - 1], p.end_col as usize).saturating_sub(cut);
    let marks = Marks::find(&lines, start, stop);
    let mut result: Vec<String> = Vec::new();
    let mut lines_shown: BTreeSet<usize> = [0, n - 1].into();
    if let Some((a, b)) = marks.anchor_lines() {
        for l in [a, b] {
            lines_shown.extend(l.saturating_sub(1)..(l + 2).min(n));
        }
    }
    let mut before: Option<usize> = None;
    for l in lines_shown {
        if let Some(b) = before {
            match l - b {
                2 => marks.output(&lines, l - 1, &mut result),
                d if d > 2 => result.push(format!("...<{} lines>...", d - 1)),
                _ => {}
            }
        }
        marks.output(&lines, l, &mut result);
        before = Some(l);
    }
    for l in dedent(&result) {
        let _ = writeln!(out, "    {l}");
    }
}

/// Which characters get which sign. Places are (line, character).
struct Marks {
    start: usize,
    stop: usize,
    anchors: Option<((usize, usize), (usize, usize))>,
    show: bool,
}

impl Marks {
    fn find(lines: &[String], start: usize, stop: usize) -> Marks {
        let all = lines.join("\n");
        let total = all.chars().count();
        let tail = lines[lines.len() - 1].chars().count().saturating_sub(stop);
        let chars: Vec<char> = all.chars().collect();
        let to = total.saturating_sub(tail).max(start.min(total));
        let segment: String = chars[start.min(total)..to].iter().collect();
        let place = |byte: usize| -> (usize, usize) {
            let head = &segment[..byte];
            let line = head.matches('\n').count();
            let col = head.rsplit('\n').next().unwrap_or("").chars().count();
            (line, if line == 0 { col + start } else { col })
        };
        let found = anchors::anchors(&segment)
            .filter(|a| segment.is_char_boundary(a.start) && segment.is_char_boundary(a.end))
            .map(|a| (place(a.start), place(a.end)));
        let show = Marks::worth(lines, &all, start, stop, found.is_some());
        Marks {
            start,
            stop,
            anchors: found,
            show,
        }
    }

    /// Whether carets tell more than the line itself does.
    fn worth(lines: &[String], all: &str, start: usize, stop: usize, anchored: bool) -> bool {
        if let Some(Some((a, b))) = anchors::plain_call(all) {
            let last = lines.len() - 1;
            let first_len = lines[0].len();
            let end_of = if last == 0 {
                b
            } else {
                b - (all.len() - lines[last].len())
            };
            let spans = a <= first_len && a == start && end_of == stop;
            if spans && b >= all.len() - lines[last].len() {
                return false;
            }
        }
        if anchored {
            return true;
        }
        let before: String = lines[0].chars().take(start).collect();
        let after: String = lines[lines.len() - 1].chars().skip(stop).collect();
        !before.trim_start().is_empty() || !after.trim_end().is_empty()
    }

    fn anchor_lines(&self) -> Option<(usize, usize)> {
        self.anchors.map(|(a, b)| (a.0, b.0))
    }

    /// A line, and the line of signs below it.
    fn output(&self, lines: &[String], l: usize, result: &mut Vec<String>) {
        let line = &lines[l];
        result.push(line.clone());
        if !self.show {
            return;
        }
        let width = line.chars().count();
        let spaces = width - line.trim_start().chars().count();
        let n = if l + 1 == lines.len() {
            self.stop
        } else {
            width
        };
        let signs: String = (0..n)
            .map(|col| {
                if col < spaces || (l == 0 && col < self.start) {
                    return ' ';
                }
                match self.anchors {
                    Some((a, b)) => {
                        if (l, col) >= a && (l, col) < b {
                            '^'
                        } else {
                            '~'
                        }
                    }
                    None => '^',
                }
            })
            .collect();
        result.push(signs);
    }
}
