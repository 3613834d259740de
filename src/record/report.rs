//! What a person sees: figures, and what was compiled from where, with exits and reasons.

use super::region::{Code, Region};
use super::state::Jit;
use serde_json::json;
use std::fmt::Write;
use threadsnake_threads::sync::Arc;
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
        .filter(|r| {
            let state = r.state.lock();
            state.past.count != 0 || !state.codes.is_empty()
        })
        .count();
    let us = n(&jit.switch_us);
    let back = if multi {
        ", and not back after it"
    } else {
        ", each back after"
    };
    let modes = match switches {
        0 => "one thread all the time".to_owned(),
        1 | 2 => format!(
            "switched to Multi in {us} \u{b5}s when the second thread started{}",
            if multi { "" } else { ", back after" }
        ),
        _ => format!(
            "{} switches to Multi, the last in {us} \u{b5}s{back}",
            switches.div_ceil(2)
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

/// Everything but the stages, as JSON: one object on one line.
pub fn json(jit: &Jit, switches: u64) -> String {
    jit.worker.settle();
    let n = |a: &AtomicU64| a.load(Ordering::Relaxed);
    let code = |c: &Arc<Code>| {
        let s = &c.compiled.stats;
        let exits = c.taken.iter().enumerate().filter_map(|(k, t)| {
            let t = t.load(Ordering::Relaxed);
            (t != 0).then(|| {
                let e = c.compiled.exits.get(k);
                let snap = &e.snap;
                json!({
                    "exit": k,
                    "reason": e.reason,
                    "instruction": snap.frames.last().map_or(0, |f| f.pc),
                    "frame": snap.frames.len() - 1,
                    "taken": t,
                })
            })
        });
        let assumes = c.kept.facts.iter().map(|(f, _)| format!("{f:?}"));
        json!({
            "tier": match c.tier {
                Tier::Single => "single",
                Tier::Multi => "multi",
            },
            "valid": c.valid.load(Ordering::Relaxed),
            "entered": n(&c.entered),
            "bytes": s.bytes.1,
            "hot_bytes": s.bytes.0,
            "instructions": s.insts.1,
            "compile_us": s.total.as_micros() as u64,
            "allocate_us": s.allocate.as_micros() as u64,
            "exits_name": c.weight,
            "assumes": assumes.collect::<Vec<_>>(),
            "exits": exits.collect::<Vec<_>>(),
        })
    };
    let regions = jit.regions();
    let regions = regions.iter().map(|r| {
        let front = &r.code.front;
        let state = r.state.lock();
        json!({
            "kind": if r.is_function() { "function" } else { "loop" },
            "name": &*front.qualname,
            "file": &*front.filename,
            "line": front.pos(r.header as usize).line,
            "not_recorded": &state.reasons,
            "codes": state.past.codes.iter().chain(&state.codes).map(code).collect::<Vec<_>>(),
        })
    });
    let counters = jit.counters.list().into_iter();
    let counters = counters.map(|(name, v)| (name.to_owned(), v.into()));
    json!({
        "counters": counters.collect::<serde_json::Map<_, _>>(),
        "mode_changes": switches,
        "switch_us": n(&jit.switch_us),
        "regions": regions.collect::<Vec<_>>(),
    })
    .to_string()
}

/// Everything, as text.
pub fn text(jit: &Jit, stages: bool) -> String {
    jit.worker.settle();
    let mut out = String::new();
    let (mut entered, mut exits) = (0, 0);
    for r in jit.regions() {
        let state = r.state.lock();
        entered += state.past.entered;
        exits += state.past.exits;
        for c in &state.codes {
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
    for c in state.past.codes.iter().chain(&state.codes) {
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
        "  {tier}: {} instructions, {} after optimising, {} bytes ({} hot), {:?} ({:?} in registers){valid}",
        s.insts.0, s.insts.1, s.bytes.1, s.bytes.0, s.total, s.allocate
    );
    let _ = writeln!(
        out,
        "    entered {} times; {} exits; those of the recording name {} values",
        c.entered.load(Ordering::Relaxed),
        s.exits,
        c.weight
    );
    for (f, _) in &c.kept.facts {
        let _ = writeln!(out, "    assumes {f:?}");
    }
    for (n, t) in c.taken.iter().enumerate() {
        let t = t.load(Ordering::Relaxed);
        if t != 0 {
            let e = c.compiled.exits.get(n);
            let snap = &e.snap;
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
