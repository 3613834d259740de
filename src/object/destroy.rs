//! The end of an object: finaliser, weak references, contents, memory.
//!
//! Chains of destructions (a long linked list) do not recurse deeper than `MAX_DEPTH`: further objects wait in the
//! thread's queue, which the outermost destruction works through.

use super::def::type_flags;
use super::frame::{Generator, state};
use super::instance;
use super::layout::Native;
use super::obj::{Obj, Py};
use super::rc;
use super::shape::NO_ATTRS;
use super::tuple::Tuple;
use super::type_ids::FIRST_FREE_SHAPE;
use super::type_ids::TypeId;
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
#[inline(never)]
pub unsafe fn destroy(h: *const Header) {
    // SAFETY: the caller's promise.
    unsafe { destroy_by(thread::current(), h) };
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

/// [`destroy`] by the attached thread `th`.
///
/// # Safety
/// As [`destroy`].
#[inline(never)]
pub unsafe fn destroy_by(th: &Thread, h: *const Header) {
    // SAFETY: as the caller's.
    let tuple = unsafe { (*h).shape.load(Ordering::Relaxed) } == Tuple::SHAPE;
    // SAFETY: as the caller's.
    if !tuple && unsafe { free_plain(th, h) } {
        return;
    }
    let depth = th.destroying.get();
    if depth >= MAX_DEPTH {
        th.doomed.borrow_mut().push((h, th.finalising.get()));
        th.put_off.set(true);
        return;
    }
    th.destroying.set(depth + 1);
    // SAFETY: as the caller's; the shape says whether it is a tuple.
    unsafe {
        if tuple {
            free_tuple(th, h)
        } else {
            destroy_one(th, h)
        }
    };
    if depth == 0 && th.put_off.get() {
        // SAFETY: as above.
        unsafe { destroy_put_off(th) };
    }
    th.destroying.set(depth);
}

#[cold]
#[inline(never)]
unsafe fn destroy_put_off(th: &Thread) {
    let finalising = th.finalising.get();
    loop {
        let Some((h, inside)) = th.doomed.borrow_mut().pop() else {
            th.put_off.set(false);
            th.finalising.set(finalising);
            return;
        };
        // As if it had not been put off: finalisers that make what is finalised like them come to an end.
        th.finalising.set(inside);
        // SAFETY: queued once, by `destroy_by`.
        unsafe { destroy_one(th, h) };
    }
}

/// The end of an exact tuple: it has neither finaliser nor weak references.
#[inline(always)]
unsafe fn free_tuple(th: &Thread, h: *const Header) {
    // SAFETY: the caller's promise, that of `destroy`: the items die with the tuple.
    unsafe {
        let me = ManuallyDrop::new(Obj::from_value(Value(h as u64)));
        let items = me.cast_unchecked::<Tuple>().items();
        let n = items.len();
        rc::dec_words_by(th, items.as_ptr().cast(), n);
        th.free_tuple_shell(me.value(), n);
    }
}

#[inline(always)]
unsafe fn destroy_one(th: &Thread, h: *const Header) {
    // SAFETY: the caller's promise; the object's shape and type are alive (S3 of `shape`).
    unsafe {
        let head = &*h;
        let id = head.shape.load(Ordering::Relaxed);
        let shape = th.shapes().get(id);
        let ty = ManuallyDrop::new(Obj::from_value(shape.type_raw()));
        let ty: &Py<Type> = ty.cast_unchecked::<Type>();
        let finaliser = ty.has(type_flags::HAS_DEL) && !head.has(FINALIZED);
        if (finaliser || head.has(HAS_WEAKREF)) && !last_rites(th, h, ty, finaliser) {
            return;
        }
        if shape.attr_offset == NO_ATTRS {
            (shape.layout().free)(th, h as *mut u8);
        } else {
            free_now(th, h);
        }
    }
}

/// Finaliser and weak references. Whether the object is still to be destroyed.
#[inline(never)]
unsafe fn last_rites(th: &Thread, h: *const Header, ty: &Py<Type>, finaliser: bool) -> bool {
    // SAFETY: as `destroy_one`.
    unsafe {
        let head = &*h;
        if finaliser {
            if ty.id.is_some() && generator_is_quiet(head) {
                head.set(FINALIZED);
            } else {
                head.set(FINALIZED);
                refcount::revive_for_finaliser(head, th.rec());
                let me = ManuallyDrop::new(Obj::from_value(Value(h as u64)));
                th.run_finaliser(ty, &me);
                if refcount::dec(head, th.rec()) != refcount::ZeroState::Zero {
                    return false;
                }
            }
        }
        if head.has(HAS_WEAKREF) {
            let callbacks = th.rt().weakrefs.object_dies(h as u64);
            if !callbacks.is_empty() {
                th.run_weakref_callbacks(callbacks);
            }
        }
        true
    }
}

/// Whether Python code would run when the object is destroyed.
///
/// # Safety
/// The object, its shape and its type are readable.
pub unsafe fn has_finaliser(th: &Thread, head: &Header) -> bool {
    let id = head.shape.load(Ordering::Relaxed);
    let shape = th.shapes().get(id);
    // SAFETY: S3 of `shape`: the type of an object's shape is alive.
    let ty = ManuallyDrop::new(unsafe { Obj::from_value(shape.type_raw()) });
    // SAFETY: as above.
    let ty = unsafe { ty.cast_unchecked::<Type>() };
    if !ty.has(type_flags::HAS_DEL) || head.has(FINALIZED) {
        return false;
    }
    if id != TypeId::Generator.root_shape() {
        return true;
    }
    // SAFETY: it is one.
    unsafe { generator(head) }.state.load(Ordering::Relaxed) == state::SUSPENDED
}

/// The payload of a generator or coroutine.
///
/// # Safety
/// The object is one, and readable.
unsafe fn generator<'a>(head: *const Header) -> &'a Generator {
    // SAFETY: the payload follows the header.
    unsafe { &*head.add(1).cast::<Generator>() }
}

/// Whether the object is a generator whose finaliser would do nothing: one that has ended, or that has not begun (of
/// coroutines, that warns).
unsafe fn generator_is_quiet(head: &Header) -> bool {
    let shape = head.shape.load(Ordering::Relaxed);
    let plain = shape == TypeId::Generator.root_shape();
    if !plain && shape != TypeId::Coroutine.root_shape() {
        return false;
    }
    // SAFETY: it is one.
    let g = unsafe { generator(head) };
    match g.state.load(Ordering::Relaxed) {
        state::FINISHED => true,
        state::CREATED => plain,
        state::SUSPENDED => crate::interp::generator::close_quietly(g),
        _ => false,
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
        instance::drop_all(th, h, shape);
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
