//! The end of an object: finaliser, weak references, contents, memory.
//!
//! Chains of destructions (a long linked list) do not recurse deeper than `MAX_DEPTH`: further objects wait in the
//! thread's queue, which the outermost destruction works through.

use super::def::type_flags;
use super::instance;
use super::obj::{Obj, Py};
use super::shape::NO_ATTRS;
use super::type_ids::FIRST_FREE_SHAPE;
use super::types::Type;
use super::value::Value;
use crate::runtime::thread::{self, Thread};
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use threadsnake_threads::header::{FINALIZED, HAS_WEAKREF, Header};
use threadsnake_threads::refcount;
use threadsnake_threads::sync::atomic::Ordering;

const MAX_DEPTH: u32 = 40;

/// Destroys an object whose count is zero for good.
///
/// # Safety
/// Called once for it; nobody refers to it. The thread is attached.
#[cold]
#[inline(never)]
pub unsafe fn destroy(h: *const Header) {
    let th = thread::current();
    // SAFETY: as the caller's.
    if unsafe { free_plain(th, h) } {
        return;
    }
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

/// Frees an object of a built-in type that owns nothing and that nobody watches (strings, bytes and the like).
#[inline(always)]
unsafe fn free_plain(th: &Thread, h: *const Header) -> bool {
    // SAFETY: the caller's promise, that of `destroy`.
    unsafe {
        let head = &*h;
        let id = head.shape.load(Ordering::Relaxed);
        if id >= FIRST_FREE_SHAPE || head.has(HAS_WEAKREF) {
            return false;
        }
        let shape = th.shapes().get(id);
        let layout = shape.layout();
        if layout.traverse.is_some() || layout.drop.is_some() || shape.attr_offset != NO_ATTRS {
            return false;
        }
        let var = if layout.variable {
            (layout.var_bytes)((h as *const u8).add(16))
        } else {
            0
        };
        let size = instance::object_size(layout.size, var, NO_ATTRS, 0);
        th.heap().free(NonNull::new_unchecked(h as *mut u8), size);
        true
    }
}

unsafe fn destroy_one(th: &Thread, h: *const Header) {
    // SAFETY: the caller's promise; the object's shape and type are alive (S3 of `shape`).
    unsafe {
        let head = &*h;
        let id = head.shape.load(Ordering::Relaxed);
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
        let id = (*h).shape.load(Ordering::Relaxed);
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
