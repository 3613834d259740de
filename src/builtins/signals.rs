//! What a thread does at a safepoint that somebody asked for: signals, interrupts, limits.

use crate::object::type_ids::TypeId;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_threads::record;

/// Handles the requests in `bits`.
pub fn run_pending(th: &Thread, bits: u32) -> Res<()> {
    if bits & record::PENDING != 0 {
        crate::interp::trace::refresh(th);
        crate::modules::signal::deliver(th)?;
    }
    if bits & record::INTERRUPT != 0 {
        return Err(th.err_obj(TypeId::KeyboardInterrupt, &[]));
    }
    if bits & record::LIMIT != 0 {
        return Err(th.err(TypeId::TimeoutError, "a limit of the host was reached"));
    }
    Ok(())
}
