//! What a person sees: figures, and what was compiled from where, with exits and reasons.

use super::region::{Code, Region};
use super::state::Jit;
use std::fmt::Write;
use threadsnake_threads::sync::atomic::{AtomicU64, Ordering};
use threadsnake_threads::tier::Tier;

/// One line for the end of a program; `switches`: how often the mode changed; `multi`: it is Multi now.
pub fn line(jit: &Jit, switches: u64, multi: bool) -> String {
    jit.worker.settle();
    let c = &jit.counters;
    let n = |a: &AtomicU64| a.load(Ordering::Relaxed);
    let regions = jit.regions();
    let compiled = regions
        .iter()
        .filter(|r| !r.state.lock().codes.is_empty())
        .count();
    let modes = match (switches, multi) {
        (0, _) => "one thread all the time".to_owned(),
        (1, true) => format!(
            "switched to Multi in {} \u{b5}s when the second thread started",
            n(&jit.switch_us)
        ),
        (_, true) => format!(
            "{} switches to Multi, the last in {} \u{b5}s, and not back after it",
            switches.div_ceil(2),
            n(&jit.switch_us)
        ),
        (2, false) => format!(
            "switched to Multi in {} \u{b5}s when the second thread started, back after",
            n(&jit.switch_us)
        ),
        (_, false) => format!(
            "{} switches to Multi, the last in {} \u{b5}s, each back after",
            switches / 2,
            n(&jit.switch_us)
        ),
    };
    format!(
        "threadsnake: compiled {compiled} of {} hot loops and functions ({} single, {} multi, {} bytes, {} ms); \
         {modes}; {} pieces of code invalidated",
        regions.len(),
        n(&c.compiled_single),
        n(&c.compiled_multi),
        n(&c.code_bytes),
        n(&c.compile_us) / 1000,
        n(&c.invalidated),
    )
}

/// Text as a JSON string.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Everything but the stages, as JSON: one object on one line.
pub fn json(jit: &Jit, switches: u64) -> String {
    jit.worker.settle();
    let list = |items: Vec<String>| format!("[{}]", items.join(","));
    let n = |a: &AtomicU64| a.load(Ordering::Relaxed);
    let code = |c: &Code| {
        let s = &c.compiled.stats;
        let exits = c.taken.iter().enumerate().filter_map(|(k, t)| {
            let t = t.load(Ordering::Relaxed);
            let e = &c.compiled.exits[k];
            let snap = &c.compiled.snaps[e.snap.index()];
            (t != 0).then(|| {
                format!(
                    r#"{{"exit":{k},"reason":{},"instruction":{},"frame":{},"taken":{t}}}"#,
                    quoted(e.reason),
                    snap.frames.last().map_or(0, |f| f.pc),
                    snap.frames.len() - 1,
                )
            })
        });
        format!(
            r#"{{"tier":"{}","valid":{},"entered":{},"bytes":{},"hot_bytes":{},"instructions":{},"compile_us":{},"assumes":{},"exits":{}}}"#,
            match c.tier {
                Tier::Single => "single",
                Tier::Multi => "multi",
            },
            c.valid.load(Ordering::Relaxed),
            n(&c.entered),
            s.bytes.1,
            s.bytes.0,
            s.insts.1,
            s.total.as_micros(),
            list(
                c.kept
                    .facts
                    .iter()
                    .map(|(f, _)| quoted(&format!("{f:?}")))
                    .collect()
            ),
            list(exits.collect()),
        )
    };
    let regions = jit.regions();
    let regions = regions.iter().map(|r| {
        let front = &r.code.front;
        let state = r.state.lock();
        format!(
            r#"{{"kind":"{}","name":{},"file":{},"line":{},"not_recorded":{},"codes":{}}}"#,
            if r.is_function() { "function" } else { "loop" },
            quoted(&front.qualname),
            quoted(&front.filename),
            front.pos(r.header as usize).line,
            list(
                state
                    .reasons
                    .iter()
                    .map(|w| quoted(&w.to_string()))
                    .collect()
            ),
            list(state.codes.iter().map(|c| code(c)).collect()),
        )
    });
    let counters = jit.counters.list().into_iter();
    let counters = counters.map(|(name, v)| format!("{}:{v}", quoted(name)));
    format!(
        r#"{{"counters":{{{}}},"mode_changes":{switches},"switch_us":{},"regions":{}}}"#,
        counters.collect::<Vec<_>>().join(","),
        n(&jit.switch_us),
        list(regions.collect()),
    )
}

/// Everything, as text.
pub fn text(jit: &Jit, stages: bool) -> String {
    jit.worker.settle();
    let mut out = String::new();
    let (mut entered, mut exits) = (0, 0);
    for r in jit.regions() {
        for c in &r.state.lock().codes {
            entered += c.entered.load(Ordering::Relaxed);
            exits += c.exits();
        }
    }
    let _ = writeln!(out, "{:>18} {entered}\n{:>18} {exits}", "entered", "exits");
    for (name, n) in jit.counters.list() {
        let _ = writeln!(out, "{name:>18} {n}");
    }
    for r in jit.regions() {
        region(&mut out, &r, stages);
    }
    out
}

fn region(out: &mut String, r: &Region, stages: bool) {
    let front = &r.code.front;
    let line = front.pos(r.header as usize).line;
    let what = match r.is_function() {
        true => "function".to_string(),
        false => format!("loop {} of", r.number),
    };
    let _ = writeln!(
        out,
        "\n{what} {} ({} line {line})",
        front.qualname, front.filename
    );
    let state = r.state.lock();
    for why in &state.reasons {
        let _ = writeln!(out, "  not recorded: {why}");
    }
    for c in &state.codes {
        code(out, c, stages);
    }
}

fn code(out: &mut String, c: &Code, stages: bool) {
    let tier = match c.tier {
        Tier::Single => "single",
        Tier::Multi => "multi",
    };
    let s = &c.compiled.stats;
    let valid = if c.valid.load(Ordering::Relaxed) {
        ""
    } else {
        ", invalidated"
    };
    let _ = writeln!(
        out,
        "  {tier}: {} instructions, {} after optimising, {} bytes ({} hot), {:?}{valid}",
        s.insts.0, s.insts.1, s.bytes.1, s.bytes.0, s.total
    );
    let _ = writeln!(
        out,
        "    entered {} times",
        c.entered.load(Ordering::Relaxed)
    );
    for (f, _) in &c.kept.facts {
        let _ = writeln!(out, "    assumes {f:?}");
    }
    for (n, t) in c.taken.iter().enumerate() {
        let t = t.load(Ordering::Relaxed);
        if t != 0 {
            let e = &c.compiled.exits[n];
            let snap = &c.compiled.snaps[e.snap.index()];
            let pc = snap.frames.last().map_or(0, |f| f.pc);
            let _ = writeln!(
                out,
                "    exit {n} ({}) to instruction {pc} of frame {}: {t} times",
                e.reason,
                snap.frames.len()
            );
        }
    }
    if stages {
        for (pass, ir) in &c.compiled.dumps.ir {
            let _ = writeln!(out, "--- after {pass}\n{ir}");
        }
        let _ = writeln!(out, "--- code\n{}", c.compiled.dumps.code);
    }
}
