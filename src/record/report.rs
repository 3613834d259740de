//! What a person sees: figures, and what was compiled from where, with exits and reasons.

use super::region::{Code, Region};
use super::state::Jit;
use std::fmt::Write;
use threadsnake_threads::sync::atomic::{AtomicU64, Ordering};
use threadsnake_threads::tier::Tier;

/// One line for the end of a program; `switches`: how often the mode changed.
pub fn line(jit: &Jit, switches: u64) -> String {
    jit.worker.settle();
    let c = &jit.counters;
    let n = |a: &AtomicU64| a.load(Ordering::Relaxed);
    let regions = jit.regions();
    let compiled = regions
        .iter()
        .filter(|r| !r.state.lock().codes.is_empty())
        .count();
    format!(
        "threadsnake: compiled {compiled} of {} hot loops and functions ({} single, {} multi, {} bytes, {} ms); \
         {switches} changes of mode; {} pieces of code invalidated",
        regions.len(),
        n(&c.compiled_single),
        n(&c.compiled_multi),
        n(&c.code_bytes),
        n(&c.compile_us) / 1000,
        n(&c.invalidated),
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
