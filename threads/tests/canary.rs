//! A data race, to show that the thread sanitizer would report one: `threads/tsan.sh` runs it and wants it to fail.

use threadsnake_threads::sync::{Arc, UnsafeCell, thread};

struct Racy(UnsafeCell<u32>);

// SAFETY: it is not safe: that is what it is for.
unsafe impl Send for Racy {}
// SAFETY: as above.
unsafe impl Sync for Racy {}

#[test]
#[ignore = "a data race on purpose"]
fn two_threads_write_one_word() {
    let word = Arc::new(Racy(UnsafeCell::new(0)));
    let threads = [word.clone(), word].map(|word| {
        thread::spawn(move || {
            for _ in 0..1000 {
                // SAFETY: see above.
                word.0
                    .with_mut(|p| unsafe { p.write_volatile(p.read_volatile() + 1) });
            }
        })
    });
    threads.into_iter().for_each(|t| t.join().unwrap());
}
