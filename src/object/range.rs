//! Ranges and their iterators.

use super::guarded::Guarded;
use super::layout::{Layout, Native};
use super::type_ids::TypeId;
use dashu_int::IBig;
use threadsnake_threads::sync::atomic::{AtomicI64, Ordering};

/// Payload of ranges; immutable.
#[repr(C)]
pub struct Range {
    /// Start, where `big` is absent.
    pub start: i64,
    /// Stop, where `big` is absent.
    pub stop: i64,
    /// Step, where `big` is absent.
    pub step: i64,
    /// Number of items, where `big` is absent.
    pub len: i64,
    /// The numbers, where one of them (or start + len·step) does not fit.
    pub big: Option<Box<BigRange>>,
}

/// A range whose numbers do not all fit 64 bits.
#[derive(Clone, PartialEq, Eq)]
pub struct BigRange {
    /// Start.
    pub start: IBig,
    /// Stop.
    pub stop: IBig,
    /// Step, not 0.
    pub step: IBig,
    /// Number of items.
    pub len: IBig,
}

static LAYOUT: Layout = Layout::leaf::<Range>("range");

// SAFETY: LAYOUT is of this type.
unsafe impl Native for Range {
    const TYPE: TypeId = TypeId::Range;
    const LAYOUT: &'static Layout = &LAYOUT;
}

impl Range {
    /// `range(start, stop, step)`; `None` where a number, or one step past the end, leaves 64 bits (or `step` is 0).
    pub fn small(start: i64, stop: i64, step: i64) -> Option<Range> {
        let len = small_len(start, stop, step)?;
        // An iterator adds the step once past the last item.
        start.checked_add(step.checked_mul(len)?)?;
        Some(Range {
            start,
            stop,
            step,
            len,
            big: None,
        })
    }
    /// Any range; `step` is not 0.
    pub fn from_big(start: IBig, stop: IBig, step: IBig) -> Range {
        if let (Ok(a), Ok(b), Ok(c)) = (
            i64::try_from(&start),
            i64::try_from(&stop),
            i64::try_from(&step),
        ) && let Some(r) = Range::small(a, b, c)
        {
            return r;
        }
        let len = big_len(&start, &stop, &step);
        Range {
            start: 0,
            stop: 0,
            step: 1,
            len: 0,
            big: Some(Box::new(BigRange {
                start,
                stop,
                step,
                len,
            })),
        }
    }
}

fn small_len(start: i64, stop: i64, step: i64) -> Option<i64> {
    let (lo, hi, by) = match step {
        0 => return None,
        1.. => (start, stop, step as u64),
        _ => (stop, start, step.unsigned_abs()),
    };
    if lo >= hi {
        return Some(0);
    }
    let span = (hi as i128 - lo as i128 - 1) as u64;
    i64::try_from(span / by).ok()?.checked_add(1)
}

/// Number of items of a range; `step` is not 0.
pub fn big_len(start: &IBig, stop: &IBig, step: &IBig) -> IBig {
    let (lo, hi, by) = if *step > IBig::ZERO {
        (start, stop, step.clone())
    } else {
        (stop, start, -step.clone())
    };
    if lo >= hi {
        IBig::ZERO
    } else {
        (hi - lo - IBig::ONE) / by + IBig::ONE
    }
}

/// Payload of the iterator of ranges in 64 bits. The interpreter and compiled code read and write it in place:
/// while `remaining > 0`: item = `cur`, `cur += step`, `remaining -= 1`.
#[repr(C)]
pub struct RangeIter {
    /// The next item.
    pub cur: AtomicI64,
    /// Added after each item.
    pub step: i64,
    /// Items left.
    pub remaining: AtomicI64,
}

static ITER_LAYOUT: Layout = Layout::leaf::<RangeIter>("range_iterator");

// SAFETY: ITER_LAYOUT is of this type.
unsafe impl Native for RangeIter {
    const TYPE: TypeId = TypeId::RangeIter;
    const LAYOUT: &'static Layout = &ITER_LAYOUT;
}

impl RangeIter {
    /// `len` items from `start` by `step`.
    pub fn new(start: i64, step: i64, len: i64) -> RangeIter {
        RangeIter {
            cur: AtomicI64::new(start),
            step,
            remaining: AtomicI64::new(len),
        }
    }
    /// The next item. Threads that share the iterator may get an item twice, as on CPython.
    #[inline(always)]
    pub fn next(&self) -> Option<i64> {
        let left = self.remaining.load(Ordering::Relaxed);
        if left <= 0 {
            return None;
        }
        let n = self.cur.load(Ordering::Relaxed);
        self.cur.store(n.wrapping_add(self.step), Ordering::Relaxed);
        self.remaining.store(left - 1, Ordering::Relaxed);
        Some(n)
    }
}

/// Payload of the iterator of big ranges.
pub struct LongRangeIter {
    /// Next item and items left.
    pub state: Guarded<(IBig, IBig)>,
    /// Added after each item.
    pub step: IBig,
}

static LONG_LAYOUT: Layout = Layout::leaf::<LongRangeIter>("longrange_iterator");

// SAFETY: LONG_LAYOUT is of this type.
unsafe impl Native for LongRangeIter {
    const TYPE: TypeId = TypeId::LongRangeIter;
    const LAYOUT: &'static Layout = &LONG_LAYOUT;
}
