//! Offsets and addresses that compiled code relies on. Everything here is derived from the types themselves.

use super::helpers;
use super::state::ThreadJit;
use crate::modules::array::store as array;
use crate::object::bytes;
use crate::object::frame::Generator;
use crate::object::function::BuiltinFunction;
use crate::object::heap;
use crate::object::iters::{Enumerate, ListIter, Zip};
use crate::object::list;
use crate::object::range::{Range, RangeIter};
use crate::runtime::thread::Thread;
use core::mem::offset_of;
use threadsnake_jit::ir::{AliasClass, boxed};
use threadsnake_jit::{FreeLists, OwnLock, RuntimeCalls, ThreadLayout, VmLayout};
use threadsnake_threads::record;
use threadsnake_threads::sync::asymmetric::is_light;

/// Offset of an object's payload.
pub const PAYLOAD: i32 = 16;
/// Length of a list.
pub const LIST_LEN: i32 = PAYLOAD + list::LEN_OFFSET as i32;
/// Storage of a list.
pub const LIST_ARRAY: i32 = PAYLOAD + list::ARRAY_OFFSET as i32;
/// Items in the storage of a list.
pub const LIST_ITEMS: i32 = 8;
/// Room in the storage of a list.
pub const LIST_CAP: i32 = list::CAP_OFFSET as i32;
/// Length of an `array.array`.
pub const ARRAY_LEN: i32 = PAYLOAD + array::LEN_OFFSET as i32;
/// Storage of an `array.array`; bytes for items are its first word.
pub const ARRAY_BLOCK: i32 = PAYLOAD + array::BLOCK_OFFSET as i32;
/// Kind of the items of an `array.array`.
pub const ARRAY_KIND: i32 = PAYLOAD + array::KIND_OFFSET as i32;
/// Items in the storage of an `array.array`.
pub const ARRAY_ITEMS: i32 = array::ITEMS_OFFSET as i32;
/// Length and storage of `array.array`s.
pub const ARRAY: AliasClass = AliasClass::user(17);
/// Their items that are doubles.
pub const ARRAY_FLOATS: AliasClass = AliasClass::user(18);
/// Their other items.
pub const ARRAY_INTS: AliasClass = AliasClass::user(19);
/// Overflow arrays of attribute slots.
pub const OVERFLOW: AliasClass = AliasClass::user(20);
/// Length of a bytes object.
pub const BYTES_LEN: i32 = PAYLOAD + bytes::LEN_OFFSET as i32;
/// Bytes of a bytes object.
pub const BYTES_ITEMS: i32 = PAYLOAD + size_of::<bytes::Bytes>() as i32;
/// Length of a tuple.
pub const TUPLE_LEN: i32 = PAYLOAD;
/// Hash of a tuple, if it is known.
pub const TUPLE_HASH: i32 = PAYLOAD + offset_of!(crate::object::tuple::Tuple, hash) as i32;
/// Items of a tuple.
pub const TUPLE_ITEMS: i32 = PAYLOAD + size_of::<crate::object::tuple::Tuple>() as i32;
/// Fields of a range.
pub struct RangeFields {
    /// Start.
    pub start: i32,
    /// Stop.
    pub stop: i32,
    /// Step.
    pub step: i32,
    /// Number of items.
    pub len: i32,
    /// What is not 0 where the others do not say it.
    pub big: i32,
}
/// Offsets of the fields of a range.
pub const RANGE: RangeFields = RangeFields {
    start: PAYLOAD + offset_of!(Range, start) as i32,
    stop: PAYLOAD + offset_of!(Range, stop) as i32,
    step: PAYLOAD + offset_of!(Range, step) as i32,
    len: PAYLOAD + offset_of!(Range, len) as i32,
    big: PAYLOAD + offset_of!(Range, big) as i32,
};
/// Next number of a range iterator.
pub const RANGE_CUR: i32 = PAYLOAD + offset_of!(RangeIter, cur) as i32;
/// Step of a range iterator.
pub const RANGE_STEP: i32 = PAYLOAD + offset_of!(RangeIter, step) as i32;
/// Numbers left in a range iterator.
pub const RANGE_LEFT: i32 = PAYLOAD + offset_of!(RangeIter, remaining) as i32;
/// Container of a list or tuple iterator.
pub const ITER_SEQ: i32 = PAYLOAD + offset_of!(ListIter, seq) as i32;
/// Position of a list or tuple iterator.
pub const ITER_INDEX: i32 = PAYLOAD + offset_of!(ListIter, index) as i32;
/// Content of a cell.
pub const CELL_VALUE: i32 = PAYLOAD + offset_of!(crate::object::function::Cell, v) as i32;
/// Function of a bound method.
pub const METHOD_FUNC: i32 = PAYLOAD + offset_of!(crate::object::function::Method, func) as i32;
/// What a bound method binds.
pub const METHOD_ME: i32 = PAYLOAD + offset_of!(crate::object::function::Method, me) as i32;
/// Definition of a native function.
pub const BUILTIN_DEF: i32 = PAYLOAD + offset_of!(BuiltinFunction, def) as i32;
/// What a native function is bound to.
pub const BUILTIN_ME: i32 = PAYLOAD + offset_of!(BuiltinFunction, me) as i32;
/// Iterator of an `enumerate`.
pub const ENUMERATE_ITER: i32 = PAYLOAD + offset_of!(Enumerate, iter) as i32;
/// Next number of an `enumerate`.
pub const ENUMERATE_COUNT: i32 = PAYLOAD + offset_of!(Enumerate, count) as i32;
/// Tuple of iterators of a `zip`.
pub const ZIP_ITERS: i32 = PAYLOAD + offset_of!(Zip, iters) as i32;
/// Function of a generator.
pub const GENERATOR_FUNC: i32 = PAYLOAD + offset_of!(Generator, func) as i32;
/// Which register a generator delegates to.
pub const GENERATOR_DELEGATE: i32 = PAYLOAD + offset_of!(Generator, delegate) as i32;
/// Registers of a generator.
pub const GENERATOR_REGS: i32 = PAYLOAD + size_of::<Generator>() as i32;
/// Code of a function.
pub const FUNCTION_CODE: i32 = PAYLOAD + offset_of!(crate::object::function::Function, code) as i32;
/// Globals of a function.
pub const FUNCTION_GLOBALS: i32 =
    PAYLOAD + offset_of!(crate::object::function::Function, globals) as i32;
/// Closure of a function.
pub const FUNCTION_CLOSURE: i32 =
    PAYLOAD + offset_of!(crate::object::function::Function, closure) as i32;

/// The thread's own part, of its record.
pub const THREAD: i32 = record::VM_OFFSET as i32;
/// The running control record.
pub const TOP: i32 = offset_of!(Thread, top) as i32;
/// The function of a control record.
pub const FRAME_FUNC: i32 = offset_of!(crate::object::frame::Frame, func) as i32;
/// Closure of a function, from its payload.
pub const CLOSURE_OF_PAYLOAD: i32 = FUNCTION_CLOSURE - PAYLOAD;
/// The way to the function of the record for which the code runs. It is not written, but stands for another function in a
/// copy of the code (`join`).
pub const RUNNING: AliasClass = AliasClass::user(16);
/// The frame object of a control record, if there is one.
pub const FRAME_OBJECT: i32 = offset_of!(crate::object::frame::Frame, object) as i32;

/// `ending` of a control record.
pub const FRAME_ENDING: i32 = offset_of!(crate::object::frame::Frame, ending) as i32;

/// What the compiler is told about the virtual machine.
pub fn vm() -> VmLayout {
    let data = offset_of!(Thread, jit) as i32;
    VmLayout {
        thread: ThreadLayout {
            guard_word: record::GUARD_OFFSET as i32,
            guard_least: record::PROMPT as i32,
            flag: record::GUARD_OFFSET as i32,
            owner_slot: record::SLOT_OFFSET as i32,
            data: Some(record::VM_OFFSET as i32),
            exit_buffer: data + ThreadJit::EXIT_BUFFER as i32,
            returned: data + ThreadJit::RETURNED as i32,
            free_lists: Some(FreeLists {
                holder: Some(Thread::HEAP_OFFSET as i32),
                heads: heap::FREE_OFFSET as i32,
                classes: &heap::CLASS_OF,
                link: heap::NEXT_OFFSET as i32,
                allocated: Some(heap::ALLOCATED_OFFSET as i32),
            }),
            single_flags: boxed::PUBLISHED as u8,
        },
        calls: RuntimeCalls {
            zero: helpers::zero as *const () as u64,
            incref_shared: helpers::incref_shared as *const () as u64,
            decref_shared: helpers::decref_shared as *const () as u64,
            publish: helpers::publish as *const () as u64,
            alloc: helpers::alloc as *const () as u64,
        },
        own_lock: is_light().then_some(OwnLock {
            maker: record::MAKER_OFFSET as i32,
            using: record::USING_OFFSET as i32,
        }),
    }
}

const _: () = assert!(boxed::PUBLISHED == threadsnake_threads::header::PUBLISHED as i32);
