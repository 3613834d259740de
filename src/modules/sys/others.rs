//! What other threads are doing: `sys._current_frames` and `sys._current_exceptions`.
//!
//! The world is stopped while their control records are read, so none of them is in the middle of an instruction. What is
//! given are copies of their frames as they stood then, with their variables. What a thread
//! inside compiled code shows of its frames is said in `record::inside`.

use crate::interp::frameobj::{self, Seen};
use crate::modules::prelude::*;
use threadsnake_threads::sync::atomic::Ordering;

/// What was seen of one thread: innermost frame first.
struct Other {
    ident: u64,
    frames: Vec<Seen>,
    handled: Option<Obj>,
}

fn look(th: &Thread) -> Vec<Other> {
    th.rt().domain.stop_the_world(th.rec(), |world| {
        let mut found = Vec::new();
        for rec in world.threads() {
            let other = rec.vm.load(Ordering::Acquire).cast::<Thread>();
            if std::ptr::eq(rec, th.rec()) {
                continue;
            }
            // SAFETY: the world is stopped: the thread stays where it is, and its records do not change.
            if let Some(other) = unsafe { other.as_ref() } {
                found.push(Other {
                    ident: other.ident,
                    // SAFETY: as above.
                    frames: unsafe { frameobj::seen(th, other) },
                    // SAFETY: as above.
                    handled: unsafe { frameobj::handled(other) },
                });
            }
        }
        found
    })
}

pub fn current_frames(th: &Thread, _a: Args<'_>) -> Res {
    let d = th.new_dict()?;
    for other in look(th) {
        if let Some(f) = frameobj::of_seen(th, other.frames) {
            d.set_item(th, &th.uint(other.ident), f)?;
        }
    }
    if let Some(f) = crate::interp::api::frame_at(th, 0) {
        d.set_item(th, &th.uint(th.ident), f)?;
    }
    Ok(d.into_obj())
}

pub fn current_exceptions(th: &Thread, _a: Args<'_>) -> Res {
    let d = th.new_dict()?;
    for other in look(th) {
        d.set_item(
            th,
            &th.uint(other.ident),
            other.handled.unwrap_or(Obj::NONE),
        )?;
    }
    let mine = th.exc_info().unwrap_or(Obj::NONE);
    d.set_item(th, &th.uint(th.ident), mine)?;
    Ok(d.into_obj())
}
