//! The regular expression engine against CPython's answers (`tests/data/sre.txt`, `tools/gen_sre_cases.py`).
//! `SRE_CASES=FILE` runs another, larger file.

use threadsnake_algo::each_kind;
use threadsnake_algo::sre::{Mode, Options, Program, State, UNSET};
use threadsnake_algo::text::{StrData, Unit};

fn show(state: &State, groups: usize) -> String {
    let mut parts = vec![format!("{},{}", state.start, state.end)];
    for g in 1..=groups {
        let (a, b) = state
            .group(g)
            .map_or((-1, -1), |(a, b)| (a as i64, b as i64));
        parts.push(format!("{a},{b}"));
    }
    format!("{}:{}", parts.join(";"), state.last_index)
}

fn one<U: Unit>(
    p: &Program,
    text: &[U],
    mode: Mode,
    pos: usize,
    advance: bool,
    state: &mut State,
) -> String {
    let options = Options {
        must_advance: advance,
        ..Options::new(mode, pos)
    };
    match p.run(text, options, state, &mut || true) {
        Ok(true) => show(state, p.groups()),
        Ok(false) => "x".into(),
        Err(e) => format!("{e:?}"),
    }
}

fn all<U: Unit>(p: &Program, text: &[U], pos: usize, state: &mut State) -> String {
    let mut found = vec![];
    let (mut at, mut advance) = (pos, false);
    loop {
        let m = one(p, text, Mode::Search, at, advance, state);
        if m == "x" {
            return found.join("/");
        }
        found.push(m);
        assert_ne!(state.end, UNSET);
        (at, advance) = (state.end, state.start == state.end);
        if found.len() > 100 {
            return "endless".into();
        }
    }
}

#[test]
fn matches_are_cpythons() {
    let file = std::env::var("SRE_CASES").map(|f| std::fs::read_to_string(f).unwrap());
    let cases = file.unwrap_or_else(|_| include_str!("data/sre.txt").to_owned());
    let mut program = None;
    let mut name = "";
    let mut state = State::new();
    let (mut wrong, mut total) = (0, 0);
    for line in cases.lines() {
        let f: Vec<&str> = line.split('\t').collect();
        if f[0] == "P" {
            let code: Vec<u32> = f[2]
                .split(',')
                .map(|w| u32::from_str_radix(w, 16).unwrap())
                .collect();
            program = Some(
                Program::new(&code, f[1].parse().unwrap())
                    .unwrap_or_else(|e| panic!("{} {e}", f[3])),
            );
            name = f[3];
            continue;
        }
        let chars: Vec<u32> = f[1]
            .split('.')
            .filter(|x| !x.is_empty())
            .map(|x| u32::from_str_radix(x, 16).unwrap())
            .collect();
        let text = StrData::from(&chars[..]);
        let (p, pos) = (program.as_ref().unwrap(), f[2].parse().unwrap());
        let got = each_kind!(text.as_ref(), u => [
            one(p, u, Mode::Match, pos, false, &mut state),
            one(p, u, Mode::FullMatch, pos, false, &mut state),
            all(p, u, pos, &mut state),
        ]);
        total += 3;
        for (i, got) in got.iter().enumerate() {
            if got != f[3 + i] {
                wrong += 1;
                if wrong < 20 {
                    eprintln!(
                        "{name} on {:?} from {pos}, kind {i}\n  want {}\n  got  {got}",
                        text.as_ref().to_string_lossy(),
                        f[3 + i]
                    );
                }
            }
        }
    }
    assert_eq!(wrong, 0, "of {total}");
}

#[test]
fn a_catastrophic_pattern_can_be_stopped() {
    // (a*)*b as lowered by CPython
    let code = [
        14,
        4,
        0,
        1,
        u32::MAX,
        23,
        10,
        0,
        u32::MAX,
        17,
        0,
        24,
        6,
        0,
        u32::MAX,
        16,
        97,
        1,
        17,
        1,
    ];
    assert!(Program::new(&code, 1).is_err());
    let cases = include_str!("data/sre.txt");
    let line = cases.lines().find(|l| l.ends_with("'(a+)+b' 0")).unwrap();
    let f: Vec<&str> = line.split('\t').collect();
    let code: Vec<u32> = f[2]
        .split(',')
        .map(|w| u32::from_str_radix(w, 16).unwrap())
        .collect();
    let p = Program::new(&code, 1).unwrap();
    let text = [b'a'; 60];
    let mut polls = 0;
    let r = p.run(
        &text,
        Options::new(Mode::Search, 0),
        &mut State::new(),
        &mut || {
            polls += 1;
            polls < 5
        },
    );
    assert_eq!((r.is_err(), polls), (true, 5));
    for n in 0..code.len() {
        let mut broken = code.clone();
        broken[n] = 40;
        let _ = Program::new(&broken, 1);
        let _ = Program::new(&code[..n], 1);
    }
}
