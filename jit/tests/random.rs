//! Random functions, run in every way. `SEED=n` starts elsewhere, `COUNT=n` runs more; a failure prints its seed,
//! the function and what differed, and `SEED=that COUNT=1` replays it.

use threadsnake_jit::ir::{parse, verify};
use threadsnake_jit::oracle::generate::generate;
use threadsnake_jit::oracle::vm::TestVm;
use threadsnake_jit::oracle::{compare, compare_interrupted};
use threadsnake_jit::{CodeMemory, Options, Passes, PatchForm};

fn env(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|v| v.parse().ok())
        .unwrap_or(default)
}

#[test]
fn random_functions_agree_in_every_way() {
    let (start, count) = (env("SEED", 1), env("COUNT", 40));
    let mem = CodeMemory::new(1 << 22).expect("code memory");
    let mut compared = 0;
    for seed in start..start + count {
        let (mut f, world) = generate(seed);
        TestVm::bind(&mut f);
        verify(&f).unwrap_or_else(|e| panic!("seed {seed}: the generator is wrong: {e}\n{f}"));
        let text = f.to_string();
        let parsed = parse(&text).unwrap_or_else(|e| panic!("seed {seed}: {e}\n{text}"));
        assert_eq!(parsed.to_string(), text, "seed {seed}");
        let form = if seed % 5 == 0 {
            PatchForm::Flag
        } else {
            PatchForm::Displacement
        };
        for (passes, chaos) in [
            (Passes::NONE, 0),
            (Passes::ALL, 0),
            (Passes::ALL, seed.wrapping_mul(0x1357_9BDF) | 1),
        ] {
            let opts = Options {
                passes,
                chaos,
                check: true,
                patch_form: form,
                ..TestVm::options()
            };
            if form == PatchForm::Displacement
                && let Err(d) = compare_interrupted(&f, &world, &opts, &mem)
            {
                panic!(
                    "seed {seed} chaos {chaos:#x}: {}\nexpected {}\nfound    {}\n{text}",
                    d.way, d.expected, d.found
                );
            }
            match compare(&f, &world, &opts, &mem) {
                Ok(r) => compared += usize::from(r.is_some()),
                Err(d) => panic!(
                    "seed {seed} passes {} chaos {chaos:#x}: {}\nexpected {}\nfound    {}\n{text}",
                    passes == Passes::ALL,
                    d.way,
                    d.expected,
                    d.found
                ),
            }
        }
    }
    println!(
        "seeds {start} to {}: {compared} comparisons",
        start + count - 1
    );
    assert!(compared > 0);
}

#[test]
fn a_guard_split_into_a_branch_means_the_same() {
    use threadsnake_jit::ir::{Block, Inst, region};
    use threadsnake_jit::oracle::interpret;
    let mem = CodeMemory::new(1 << 22).expect("code memory");
    let (start, count) = (env("SEED", 1), env("COUNT", 40));
    let mut splits = 0;
    for seed in start..start + count {
        let (mut f, world) = generate(seed);
        TestVm::bind(&mut f);
        let plain = interpret(&f, &world);
        for n in 0..f.insts.len() {
            let i = Inst::new(n);
            let block = (0..f.blocks.len()).find(|b| f.blocks[*b].insts.contains(&i));
            // Every third guard; the rest stay.
            if let Some(b) = block.filter(|_| (n as u64 + seed).is_multiple_of(3)) {
                splits += usize::from(region::split(&mut f, Block::new(b), i).is_some());
            }
        }
        verify(&f).unwrap_or_else(|e| panic!("seed {seed}: {e}\n{f}"));
        assert_eq!(interpret(&f, &world), plain, "seed {seed}\n{f}");
        let opts = Options {
            check: true,
            ..TestVm::options()
        };
        if let Err(d) = compare(&f, &world, &opts, &mem) {
            panic!(
                "seed {seed}: {}\nexpected {}\nfound    {}\n{f}",
                d.way, d.expected, d.found
            );
        }
    }
    assert!(splits > 0);
}
