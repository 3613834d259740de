//! A host that calls one Python function on shared objects from 8 threads at once.
//!
//! `cargo run --release --example host`

use threadsnake::embed::{Data, Engine};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::new()?;
    engine.run(
        "
counts = {}
log = []

def work(who, n):
    total = 0
    for i in range(n):
        total += i * who
        if i % 100 == 0:
            log.append(who)
    counts[who] = total
    return total
",
    )?;
    let work = engine.get("work")?;
    let threads: Vec<_> = (0..8)
        .map(|who| {
            let work = work.clone();
            std::thread::spawn(move || work.call(&[Data::Int(who), Data::Int(100_000)])?.data())
        })
        .collect();
    for (who, t) in threads.into_iter().enumerate() {
        let got = t.join().map_err(|_| "a thread panicked")??;
        assert_eq!(got, Data::Int((0..100_000).sum::<i64>() * who as i64));
    }
    let entries = engine.eval("len(log)")?.data()?;
    assert_eq!(entries, Data::Int(8 * 1000));
    println!(
        "8 host threads, {entries:?} log entries, {} mode switches",
        engine.mode_switches()
    );
    Ok(())
}
