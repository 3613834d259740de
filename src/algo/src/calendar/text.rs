//! ISO 8601 out of numbers.

use super::Span;

/// How much of a time of day is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Microseconds where there are any.
    Auto,
    /// `HH`
    Hours,
    /// `HH:MM`
    Minutes,
    /// `HH:MM:SS`
    Seconds,
    /// `HH:MM:SS.fff`
    Milliseconds,
    /// `HH:MM:SS.ffffff`
    Microseconds,
}

impl Unit {
    /// Of its name.
    pub fn parse(name: &str) -> Option<Unit> {
        Some(match name {
            "auto" => Unit::Auto,
            "hours" => Unit::Hours,
            "minutes" => Unit::Minutes,
            "seconds" => Unit::Seconds,
            "milliseconds" => Unit::Milliseconds,
            "microseconds" => Unit::Microseconds,
            _ => return None,
        })
    }
}

/// A short ASCII text. What does not fit is not written; the forms here fit.
pub struct Text {
    bytes: [u8; 64],
    len: usize,
}

impl Default for Text {
    fn default() -> Self {
        Text {
            bytes: [0; 64],
            len: 0,
        }
    }
}

impl Text {
    /// An empty one.
    pub fn new() -> Text {
        Text::default()
    }
    /// The text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).unwrap_or("")
    }
    /// One ASCII character.
    #[inline]
    pub fn push(&mut self, c: u8) -> &mut Text {
        if self.len < self.bytes.len() {
            self.bytes[self.len] = c;
            self.len += 1;
        }
        self
    }
    /// So many digits of a number, leading zeros included.
    #[inline]
    pub fn digits(&mut self, n: u32, width: usize) -> &mut Text {
        let end = (self.len + width).min(self.bytes.len());
        let mut n = n;
        for b in self.bytes[self.len..end].iter_mut().rev() {
            *b = b'0' + (n % 10) as u8;
            n /= 10;
        }
        self.len = end;
        self
    }
    /// `YYYY-MM-DD`
    #[inline]
    pub fn date(&mut self, year: i32, month: u32, day: u32) -> &mut Text {
        self.digits(year as u32, 4).push(b'-');
        self.digits(month, 2).push(b'-').digits(day, 2)
    }
    /// A time of day.
    pub fn time(&mut self, hour: u32, minute: u32, second: u32, us: u32, unit: Unit) -> &mut Text {
        let unit = match unit {
            Unit::Auto if us == 0 => Unit::Seconds,
            Unit::Auto => Unit::Microseconds,
            u => u,
        };
        self.digits(hour, 2);
        if unit == Unit::Hours {
            return self;
        }
        self.push(b':').digits(minute, 2);
        if unit == Unit::Minutes {
            return self;
        }
        self.push(b':').digits(second, 2);
        match unit {
            Unit::Milliseconds => self.push(b'.').digits(us / 1000, 3),
            Unit::Microseconds => self.push(b'.').digits(us, 6),
            _ => self,
        }
    }
    /// An offset from UTC: `+HH:MM`, seconds and microseconds where there are any; with or without the colons.
    pub fn offset(&mut self, offset: Span, colons: bool) -> &mut Text {
        let (negative, secs, us) = offset.signed_parts();
        let secs = secs as u32;
        self.push(if negative { b'-' } else { b'+' });
        self.digits(secs / 3600, 2);
        if colons {
            self.push(b':');
        }
        self.digits(secs / 60 % 60, 2);
        if !secs.is_multiple_of(60) || us != 0 {
            if colons {
                self.push(b':');
            }
            self.digits(secs % 60, 2);
        }
        if us != 0 {
            self.push(b'.').digits(us as u32, 6);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offset(secs: i64, us: i64, colons: bool) -> String {
        let span = Span::new(0, secs, us).unwrap();
        Text::new().offset(span, colons).as_str().to_owned()
    }

    #[test]
    fn offsets() {
        assert_eq!(offset(0, 0, true), "+00:00");
        assert_eq!(offset(-5 * 3600, 0, false), "-0500");
        assert_eq!(offset(-5 * 3600 - 1, 0, true), "-05:00:01");
        assert_eq!(offset(3600, 1, true), "+01:00:00.000001");
        assert_eq!(offset(3600, 1, false), "+010000.000001");
    }

    #[test]
    fn dates_and_times() {
        let mut t = Text::new();
        t.date(7, 1, 2).push(b'T').time(3, 4, 5, 6789, Unit::Auto);
        assert_eq!(t.as_str(), "0007-01-02T03:04:05.006789");
        let of = |unit| Text::new().time(3, 4, 5, 6789, unit).as_str().to_owned();
        assert_eq!(of(Unit::Hours), "03");
        assert_eq!(of(Unit::Milliseconds), "03:04:05.006");
    }
}
