//! A length of time as `timedelta` keeps it.

const DAY: i64 = 86_400;
const MILLION: i64 = 1_000_000;

/// A length of time in its normal form: seconds and microseconds count forward from a whole number of days. The order
/// of the fields is that of lengths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// Days, of magnitude below 10**9.
    pub days: i32,
    /// Seconds, 0 to 86399.
    pub secs: i32,
    /// Microseconds, 0 to 999999.
    pub us: i32,
}

/// Why numbers are no length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanError {
    /// So many days.
    Days(i64),
    /// More days than an int of C has room for.
    Int,
}

impl Span {
    /// The largest magnitude of `days`.
    pub const MAX_DAYS: i32 = 999_999_999;
    /// No time.
    pub const ZERO: Span = Span {
        days: 0,
        secs: 0,
        us: 0,
    };
    /// The shortest, of most negative days.
    pub const MIN: Span = Span {
        days: -Span::MAX_DAYS,
        secs: 0,
        us: 0,
    };
    /// The longest.
    pub const MAX: Span = Span {
        days: Span::MAX_DAYS,
        secs: 86_399,
        us: 999_999,
    };
    /// A microsecond.
    pub const MICROSECOND: Span = Span {
        days: 0,
        secs: 0,
        us: 1,
    };

    /// Of numbers that need not be in normal form; their sum has to fit.
    #[inline]
    pub fn new(days: i64, secs: i64, us: i64) -> Result<Span, SpanError> {
        let secs = secs + us.div_euclid(MILLION);
        let days = days + secs.div_euclid(DAY);
        if days.unsigned_abs() > Span::MAX_DAYS as u64 {
            return Err(SpanError::Days(days));
        }
        Ok(Span {
            days: days as i32,
            secs: secs.rem_euclid(DAY) as i32,
            us: us.rem_euclid(MILLION) as i32,
        })
    }

    /// Of microseconds.
    pub fn from_us(us: i128) -> Result<Span, SpanError> {
        if let Ok(us) = i64::try_from(us) {
            return Span::new(0, 0, us);
        }
        let day = i128::from(DAY * MILLION);
        let days = us.div_euclid(day);
        if i32::try_from(days).is_err() {
            return Err(SpanError::Int);
        }
        Span::new(days as i64, 0, us.rem_euclid(day) as i64)
    }

    /// All of it in microseconds.
    #[inline]
    pub fn total_us(self) -> i128 {
        match self.small_us() {
            Some(us) => i128::from(us),
            None => {
                i128::from(self.days) * i128::from(DAY * MILLION)
                    + i128::from(i64::from(self.secs) * MILLION + i64::from(self.us))
            }
        }
    }

    /// The same where it fits a word.
    #[inline]
    pub fn small_us(self) -> Option<i64> {
        // 100 million days are 8.64e18 microseconds.
        if self.days.unsigned_abs() >= 100_000_000 {
            return None;
        }
        Some((i64::from(self.days) * DAY + i64::from(self.secs)) * MILLION + i64::from(self.us))
    }

    /// `a + b`
    #[inline]
    pub fn plus(self, b: Span) -> Result<Span, SpanError> {
        Span::new(
            i64::from(self.days) + i64::from(b.days),
            i64::from(self.secs) + i64::from(b.secs),
            i64::from(self.us) + i64::from(b.us),
        )
    }

    /// `a - b`
    #[inline]
    pub fn minus(self, b: Span) -> Result<Span, SpanError> {
        Span::new(
            i64::from(self.days) - i64::from(b.days),
            i64::from(self.secs) - i64::from(b.secs),
            i64::from(self.us) - i64::from(b.us),
        )
    }

    /// `-a`
    pub fn negated(self) -> Result<Span, SpanError> {
        Span::ZERO.minus(self)
    }

    /// Whether it is less than a day either way, as offsets of time zones have to be.
    #[inline]
    pub fn below_a_day(self) -> bool {
        self.days == 0 || self.days == -1 && (self.secs, self.us) != (0, 0)
    }

    /// The sign and the magnitude, the latter below a day, of what is below a day.
    pub fn signed_parts(self) -> (bool, i32, i32) {
        let us = i64::from(self.days) * DAY * MILLION
            + i64::from(self.secs) * MILLION
            + i64::from(self.us);
        let n = us.abs();
        (us < 0, (n / MILLION) as i32, (n % MILLION) as i32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_form() {
        let s = Span::new(0, -1, -1).unwrap();
        assert_eq!((s.days, s.secs, s.us), (-1, 86_398, 999_999));
        assert_eq!(s.total_us(), -1_000_001);
        assert_eq!(Span::from_us(s.total_us()), Ok(s));
        assert_eq!(s.signed_parts(), (true, 1, 1));
        assert_eq!(Span::from_us(Span::MIN.total_us()), Ok(Span::MIN));
        assert_eq!(Span::from_us(Span::MAX.total_us()), Ok(Span::MAX));
    }

    #[test]
    fn too_long() {
        assert_eq!(
            Span::MAX.plus(Span::MICROSECOND),
            Err(SpanError::Days(1_000_000_000))
        );
        assert_eq!(Span::MIN.negated().map(|s| s.days), Ok(999_999_999));
        assert_eq!(Span::from_us(i128::MAX / 2), Err(SpanError::Int));
    }

    #[test]
    fn a_day_is_no_offset() {
        let h = |h: i64| Span::new(0, h * 3600, 0).unwrap();
        assert!(h(23).below_a_day() && h(-23).below_a_day());
        assert!(!h(24).below_a_day() && !h(-24).below_a_day() && !h(-25).below_a_day());
    }
}
