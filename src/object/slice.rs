//! Slice objects.

use super::layout::{Layout, Native, Visit};
use super::obj::Obj;
use super::type_ids::TypeId;

/// Payload of slices; immutable.
#[repr(C)]
pub struct Slice {
    /// First index, or None.
    pub start: Obj,
    /// End, or None.
    pub stop: Obj,
    /// Step, or None.
    pub step: Obj,
}

static LAYOUT: Layout = Layout::of::<Slice>("slice");

// SAFETY: LAYOUT is of this type.
unsafe impl Native for Slice {
    const TYPE: TypeId = TypeId::Slice;
    const LAYOUT: &'static Layout = &LAYOUT;
    fn traverse(&self, visit: Visit<'_>) {
        visit(self.start.value());
        visit(self.stop.value());
        visit(self.step.value());
    }
}

/// The bounds of a slice as integers (`None`: as far as it goes), not yet fitted to a length. A container that other threads
/// may change fits them under its lock.
#[derive(Clone, Copy)]
pub struct Bounds {
    /// First index.
    pub start: Option<i64>,
    /// End.
    pub stop: Option<i64>,
    /// Not zero, and more than `i64::MIN`.
    pub step: i64,
}

/// The part of a sequence of some length that a slice is.
#[derive(Clone, Copy)]
pub struct Part {
    /// First index.
    pub start: i64,
    /// End.
    pub stop: i64,
    /// From one index to the next.
    pub step: i64,
    /// Number of items.
    pub count: usize,
}

impl Bounds {
    /// `[start:stop]` of small integers or Nones.
    #[inline(always)]
    pub fn plain(start: &Obj, stop: &Obj) -> Option<Bounds> {
        let bound = |o: &Obj| {
            if o.is_none() {
                Some(None)
            } else {
                o.as_small_int().map(Some)
            }
        };
        Some(Bounds {
            start: bound(start)?,
            stop: bound(stop)?,
            step: 1,
        })
    }

    /// Fits them to `len` items.
    #[inline]
    pub fn of(self, len: usize) -> Part {
        let (step, len) = (self.step, len as i64);
        let (low, high) = if step < 0 { (-1, len - 1) } else { (0, len) };
        let clip = |n: i64| (if n < 0 { n.saturating_add(len) } else { n }).clamp(low, high);
        let (first, last) = if step < 0 { (high, low) } else { (low, high) };
        let start = self.start.map_or(first, clip);
        let stop = self.stop.map_or(last, clip);
        let count = if step == 1 {
            (stop - start).max(0)
        } else if step == -1 {
            (start - stop).max(0)
        } else if step < 0 && stop < start {
            (start - stop - 1) / -step + 1
        } else if step > 0 && start < stop {
            (stop - start - 1) / step + 1
        } else {
            0
        };
        Part {
            start,
            stop,
            step,
            count: count as usize,
        }
    }
}

impl Part {
    /// `start..end` of a part with step 1.
    #[inline]
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.start as usize + self.count
    }

    /// The indices.
    #[inline]
    pub fn indices(self) -> impl Iterator<Item = usize> {
        (0..self.count as i64).map(move |k| (self.start + k * self.step) as usize)
    }

    /// The same part from the lowest index upwards.
    pub fn upwards(self) -> Part {
        if self.step > 0 || self.count == 0 {
            return self;
        }
        Part {
            start: self.start + (self.count as i64 - 1) * self.step,
            stop: self.start + 1,
            step: -self.step,
            count: self.count,
        }
    }
}
