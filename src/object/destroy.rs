//! The end of an object: finaliser, weak references, contents, memory.
//!
//! Chains of destructions (a long linked list) do not recurse deeper than `MAX_DEPTH`: further objects wait in the
//! thread's queue, which the outermost destruction works through.

use super::def::type_flags;
use super::instance;
use super::obj::{Obj, Py};
use super::types::Type;
use super::value::Value;
use crate::runtime::thread::{self, Thread};
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use threadsnake_threads::header::{FINALIZED, HAS_WEAKREF, Header};
use threadsnake_threads::refcount;

const MAX_DEPTH: u32 = 40;

/// Destroys an object whose count is zero for good.
///
/// # Safety
/// Called once for it; nobody refers to it. The thread is attached.
#[cold]
#[inline(never)]
pub unsafe fn destroy(h: *const Header) {
    let th = thread::current();
    if th.destroying.get() >= MAX_DEPTH {
        th.doomed.borrow_mut().push(h);
        return;
    }
    th.destroying.set(th.destroying.get() + 1);
    // SAFETY: as the caller's.
    unsafe { destroy_one(th, h) };
    if th.destroying.get() == 1 {
        loop {
            let Some(h) = th.doomed.borrow_mut().pop() else {
                break;
            };
            // SAFETY: queued once, by the above.
            unsafe { destroy_one(th, h) };
        }
    }
    th.destroying.set(th.destroying.get() - 1);
}

unsafe fn destroy_one(th: &Thread, h: *const Header) {
    // SAFETY: the caller's promise; the object's shape and type are alive (S3 of `shape`).
    unsafe {
        let head = &*h;
        let id = head
            .shape
            .load(threadsnake_threads::sync::atomic::Ordering::Relaxed);
        let shape = th.shapes().get(id);
        let ty = Obj::ref_from(&shape.type_raw() as *const Value).value();
        let ty = ManuallyDrop::new(Obj::from_value(ty));
        let ty: &Py<Type> = ty.cast_unchecked::<Type>();
        if ty.has(type_flags::HAS_DEL) && !head.has(FINALIZED) {
            head.set(FINALIZED);
            refcount::revive_for_finaliser(head, thread::record());
            let me = ManuallyDrop::new(Obj::from_value(Value(h as u64)));
            th.run_finaliser(ty, &me);
            if refcount::dec(head, thread::record()) != refcount::ZeroState::Zero {
                return;
            }
        }
        if head.has(HAS_WEAKREF) {
            let callbacks = th.rt().weakrefs.object_dies(h as u64);
            if !callbacks.is_empty() {
                th.run_weakref_callbacks(callbacks);
            }
        }
        free_now(th, h);
    }
}

/// Drops contents and memory, no questions asked.
///
/// # Safety
/// As [`destroy`]; finaliser and weak references are done.
pub unsafe fn free_now(th: &Thread, h: *const Header) {
    // SAFETY: the caller's promise.
    unsafe {
        let id = (*h)
            .shape
            .load(threadsnake_threads::sync::atomic::Ordering::Relaxed);
        let shape = th.shapes().get(id);
        let layout = shape.layout();
        let payload = (h as *mut u8).add(16);
        let var = if layout.variable {
            (layout.var_bytes)(payload)
        } else {
            0
        };
        instance::take_all(h, shape, &mut |o| drop(o));
        if let Some(f) = layout.drop {
            f(payload);
        }
        let size = instance::object_size(
            layout.size,
            var,
            shape.attr_offset,
            shape.inline_cap as usize,
        );
        th.heap().free(NonNull::new_unchecked(h as *mut u8), size);
    }
}
