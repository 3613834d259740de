//! Time zones as systems know them: compiled files of the zone database (TZif, RFC 9636), and rules in POSIX's notation
//! (`CET-1CEST,M3.5.0,M10.5.0/3`).

use super::{days_before_month, days_in_month, is_leap, to_ordinal};

const DAY: i64 = 86_400;
/// Ordinal of 1 January 1970.
const EPOCH: i64 = super::EPOCH_ORDINAL as i64;

/// What a clock shows for some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// Seconds ahead of universal time.
    pub offset: i32,
    /// Whether it is summer time.
    pub summer: bool,
    /// Its abbreviation.
    pub name: String,
}

/// A day of any year.
#[derive(Clone, Copy, Debug)]
enum Day {
    /// Day 1 to 365; 29 February is never counted.
    Fixed(u32),
    /// Day 0 to 365.
    Counted(u32),
    /// Weekday (0: Sunday) of the week `week` of a month; week 5 is the last.
    Weekday { month: u32, week: u32, day: u32 },
}

/// A day and the second of it at which the clock is changed.
#[derive(Clone, Copy, Debug)]
struct When {
    day: Day,
    second: i32,
}

impl When {
    /// In seconds since 1970, as the wall shows them.
    fn of(self, year: i32) -> i64 {
        let first = i64::from(to_ordinal(year, 1, 1)) - EPOCH;
        let day = match self.day {
            Day::Fixed(n) => n - 1 + u32::from(is_leap(year) && n >= 60),
            Day::Counted(n) => n,
            Day::Weekday { month, week, day } => {
                let before = days_before_month(year, month);
                // 1 January 1970 was a Thursday.
                let weekday = (first + i64::from(before) + 4).rem_euclid(7) as u32;
                let mut n = (day + 7 - weekday) % 7 + 7 * (week - 1);
                while n >= days_in_month(year, month) {
                    n -= 7;
                }
                before + n
            }
        };
        (first + i64::from(day)) * DAY + i64::from(self.second)
    }
}

/// The rule for all years.
#[derive(Clone, Debug)]
struct Rule {
    standard: Local,
    /// Summer time, its start in standard time and its end in summer time.
    summer: Option<(Local, When, When)>,
}

impl Rule {
    fn at(&self, t: i64) -> &Local {
        let Some((summer, start, end)) = &self.summer else {
            return &self.standard;
        };
        let days = (t + i64::from(self.standard.offset)).div_euclid(DAY) + EPOCH;
        // Beyond the calendar nobody can say.
        let Ok(days) = i32::try_from(days) else {
            return &self.standard;
        };
        if !(1..=super::MAX_ORDINAL).contains(&days) {
            return &self.standard;
        }
        let year = super::from_ordinal(days).0;
        let start = start.of(year) - i64::from(self.standard.offset);
        let end = end.of(year) - i64::from(summer.offset);
        let is_summer = match start < end {
            true => (start..end).contains(&t),
            false => !(end..start).contains(&t),
        };
        if is_summer { summer } else { &self.standard }
    }
}

/// A time zone.
#[derive(Clone, Debug)]
pub struct Zone {
    /// From when on which of `kinds` holds.
    changes: Vec<(i64, usize)>,
    kinds: Vec<Local>,
    /// What holds before the first change.
    first: usize,
    /// What holds after the last one.
    rule: Option<Rule>,
}

impl Zone {
    /// Universal time, under a name.
    pub fn utc(name: &str) -> Zone {
        Zone {
            changes: Vec::new(),
            kinds: vec![Local {
                offset: 0,
                summer: false,
                name: name.to_owned(),
            }],
            first: 0,
            rule: None,
        }
    }

    /// What a clock shows at a moment, in seconds since 1970.
    pub fn at(&self, t: i64) -> &Local {
        let n = self.changes.partition_point(|(from, _)| *from <= t);
        if n == self.changes.len()
            && let Some(rule) = &self.rule
        {
            return rule.at(t);
        }
        let kind = match n {
            0 => self.first,
            n => self.changes[n - 1].1,
        };
        &self.kinds[kind]
    }

    /// The moment at which the wall shows `wall`, which is counted as if it were universal time. `summer`: whether it is summer
    /// time, where that is known. Of two such moments the first is given. Where there is none, the clock goes on as it did.
    pub fn moment(&self, wall: i64, summer: Option<bool>) -> i64 {
        let offset = |t: i64| i64::from(self.at(t).offset);
        let (before, after) = (offset(wall - DAY), offset(wall + DAY));
        let mut shown = Vec::with_capacity(2);
        for o in [before, after] {
            let t = wall - o;
            if offset(t) == o && !shown.contains(&t) {
                shown.push(t);
            }
        }
        shown.sort_unstable();
        let fits = |t: &&i64| summer.is_none_or(|s| self.at(**t).summer == s);
        if let Some(t) = shown.iter().find(fits) {
            return *t;
        }
        // No clock shows it so: as it would be with the offset of the nearest time of the year that is of the kind asked for.
        if let Some(s) = summer {
            for days in (1..400).step_by(7) {
                for t in [wall - days * DAY, wall + days * DAY] {
                    if self.at(t).summer == s {
                        return wall - offset(t);
                    }
                }
            }
            // Nor does any: an hour off, as in the C library.
            return wall - before - if s { 3600 } else { -3600 };
        }
        shown.first().copied().unwrap_or(wall - before)
    }

    /// The zone that a compiled file describes.
    pub fn compiled(data: &[u8]) -> Option<Zone> {
        let head = Head::read(data)?;
        if head.version == 0 {
            return head.zone(&data[Head::SIZE..], 4).map(|(z, _)| z);
        }
        let data = data.get(Head::SIZE + head.size(4)..)?;
        let head = Head::read(data)?;
        let (mut zone, rest) = head.zone(&data[Head::SIZE..], 8)?;
        let text = std::str::from_utf8(rest).ok()?;
        if let Some(text) = text.strip_prefix('\n').and_then(|t| t.split_once('\n')) {
            zone.rule = Rule::parse(text.0);
        }
        Some(zone)
    }

    /// The zone of a rule in POSIX's notation.
    pub fn rule(text: &str) -> Option<Zone> {
        let rule = Rule::parse(text)?;
        Some(Zone {
            kinds: vec![rule.standard.clone()],
            rule: Some(rule),
            ..Zone::utc("")
        })
    }
}

/// The head of a compiled file: counts.
struct Head {
    version: u8,
    is_ut: usize,
    is_standard: usize,
    leaps: usize,
    times: usize,
    kinds: usize,
    chars: usize,
}

impl Head {
    const SIZE: usize = 44;

    fn read(data: &[u8]) -> Option<Head> {
        if data.len() < Head::SIZE || !data.starts_with(b"TZif") {
            return None;
        }
        let count = |i: usize| number(&data[20 + 4 * i..24 + 4 * i]) as u32 as usize;
        Some(Head {
            version: data[4],
            is_ut: count(0),
            is_standard: count(1),
            leaps: count(2),
            times: count(3),
            kinds: count(4),
            chars: count(5),
        })
    }

    /// Bytes of the block behind it, times taking `width` bytes each.
    fn size(&self, width: usize) -> usize {
        self.times * (width + 1)
            + self.kinds * 6
            + self.chars
            + self.leaps * (width + 4)
            + self.is_standard
            + self.is_ut
    }

    fn zone<'a>(&self, data: &'a [u8], width: usize) -> Option<(Zone, &'a [u8])> {
        if self.size(width) > data.len() || self.kinds == 0 {
            return None;
        }
        let (block, rest) = data.split_at(self.size(width));
        let (times, block) = block.split_at(self.times * width);
        let (indices, block) = block.split_at(self.times);
        let (kinds, block) = block.split_at(self.kinds * 6);
        let names = &block[..self.chars];
        let kinds: Vec<Local> = kinds
            .chunks_exact(6)
            .map(|k| {
                let name = names.get(usize::from(k[5])..).unwrap_or(&[]);
                let end = name.iter().position(|c| *c == 0).unwrap_or(name.len());
                Local {
                    offset: number(&k[..4]) as i32,
                    summer: k[4] != 0,
                    name: String::from_utf8_lossy(&name[..end]).into_owned(),
                }
            })
            .collect();
        let mut changes = Vec::with_capacity(self.times);
        for (t, i) in times.chunks_exact(width).zip(indices) {
            let i = usize::from(*i);
            kinds.get(i)?;
            changes.push((number(t), i));
        }
        let zone = Zone {
            first: kinds.iter().position(|k| !k.summer).unwrap_or(0),
            changes,
            kinds,
            rule: None,
        };
        Some((zone, rest))
    }
}

/// A signed number, the highest byte first.
fn number(bytes: &[u8]) -> i64 {
    let first = bytes.first().map_or(0, |b| i64::from(*b as i8));
    let rest = bytes.iter().skip(1);
    rest.fold(first, |n, b| n << 8 | i64::from(*b))
}

/// What is left of a rule's text.
struct Text<'a>(&'a str);

impl Text<'_> {
    fn take(&mut self, c: char) -> bool {
        match self.0.strip_prefix(c) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }
    fn name(&mut self) -> Option<String> {
        let (name, rest) = match self.0.strip_prefix('<') {
            Some(inside) => inside.split_once('>')?,
            None => {
                let stop = |c: char| !c.is_ascii_alphabetic();
                self.0.split_at(self.0.find(stop).unwrap_or(self.0.len()))
            }
        };
        self.0 = rest;
        (name.len() >= 3).then(|| name.to_owned())
    }
    fn digits(&mut self) -> Option<u32> {
        let stop = |c: char| !c.is_ascii_digit();
        let (digits, rest) = self.0.split_at(self.0.find(stop).unwrap_or(self.0.len()));
        self.0 = rest;
        digits.parse().ok().filter(|n| *n < 1000)
    }
    /// `[+-]hh[:mm[:ss]]` in seconds.
    fn time(&mut self) -> Option<i32> {
        let minus = self.take('-');
        if !minus {
            self.take('+');
        }
        let mut n = self.digits()? * 3600;
        if self.take(':') {
            n += self.digits()? * 60;
            if self.take(':') {
                n += self.digits()?;
            }
        }
        let n = n as i32;
        Some(if minus { -n } else { n })
    }
    fn when(&mut self) -> Option<When> {
        let day = if self.take('M') {
            let month = self.digits().filter(|n| (1..=12).contains(n))?;
            let week = self.take('.').then(|| self.digits())??;
            let day = self.take('.').then(|| self.digits())??;
            if !(1..=5).contains(&week) || day > 6 {
                return None;
            }
            Day::Weekday { month, week, day }
        } else if self.take('J') {
            Day::Fixed(self.digits().filter(|n| (1..=365).contains(n))?)
        } else {
            Day::Counted(self.digits().filter(|n| *n <= 365)?)
        };
        let second = match self.take('/') {
            true => self.time()?,
            false => 2 * 3600,
        };
        Some(When { day, second })
    }
}

impl Rule {
    fn parse(text: &str) -> Option<Rule> {
        let mut t = Text(text);
        let name = t.name()?;
        let standard = Local {
            offset: -t.time()?,
            summer: false,
            name,
        };
        if t.0.is_empty() {
            return Some(Rule {
                standard,
                summer: None,
            });
        }
        let name = t.name()?;
        let offset = match t.0.is_empty() || t.0.starts_with(',') {
            true => standard.offset + 3600,
            false => -t.time()?,
        };
        // Without a rule: that of the United States.
        let mut rule = match t.take(',') {
            true => t,
            false => Text("M3.2.0,M11.1.0"),
        };
        let start = rule.when()?;
        let end = rule.take(',').then(|| rule.when())??;
        let summer = Local {
            offset,
            summer: true,
            name,
        };
        rule.0.is_empty().then_some(Rule {
            standard,
            summer: Some((summer, start, end)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JULY: i64 = 1_720_000_000;
    const JANUARY: i64 = 1_705_000_000;

    fn shown(z: &Zone, t: i64) -> (i32, bool, &str) {
        let l = z.at(t);
        (l.offset, l.summer, &l.name)
    }

    #[test]
    fn rules_say_when_summer_is() {
        let z = Zone::rule("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        assert_eq!(shown(&z, JULY), (7200, true, "CEST"));
        assert_eq!(shown(&z, JANUARY), (3600, false, "CET"));
        // 2024-03-31 01:00 UTC
        assert!(!z.at(1_711_846_799).summer && z.at(1_711_846_800).summer);
        let south = Zone::rule("AEST-10AEDT-11,M10.5.0,M3.5.0").unwrap();
        assert_eq!(shown(&south, JANUARY), (39_600, true, "AEDT"));
        assert_eq!(shown(&south, JULY), (36_000, false, "AEST"));
        let fixed = Zone::rule("<+0330>-3:30").unwrap();
        assert_eq!(shown(&fixed, JULY), (12_600, false, "+0330"));
        assert_eq!(
            shown(&Zone::rule("EST5EDT").unwrap(), JULY),
            (-14_400, true, "EDT")
        );
        for wrong in [
            "",
            "UT",
            "Foo/Bar",
            "EST",
            "EST5EDT,M13.1.0,M1.1.0",
            "EST5EDT,M3.2.0",
        ] {
            assert!(Zone::rule(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn moments_are_found_again() {
        let z = Zone::rule("EST5EDT,M3.2.0,M11.1.0").unwrap();
        for t in (JANUARY..JANUARY + 366 * DAY).step_by(1801) {
            let l = z.at(t);
            assert_eq!(z.moment(t + i64::from(l.offset), Some(l.summer)), t);
        }
        // 2024-11-03 01:30 comes twice, 2024-03-10 02:30 not at all.
        let twice = 1_730_597_400;
        assert_eq!(z.moment(twice, None), twice + 4 * 3600);
        assert_eq!(z.moment(twice, Some(false)), twice + 5 * 3600);
        let never = 1_710_037_800;
        assert_eq!(z.moment(never, None), never + 5 * 3600);
        assert_eq!(z.moment(JANUARY, Some(true)), JANUARY + 4 * 3600);
    }

    #[test]
    fn compiled_files_are_read() {
        let mut file = Vec::new();
        for (version, times) in [(b'2', &[][..]), (b'2', &[0i64, 1_000_000_000][..])] {
            file.extend(b"TZif");
            file.push(version);
            file.extend([0; 15]);
            for n in [0, 0, 0, times.len() as u32, 2, 8] {
                file.extend(n.to_be_bytes());
            }
            times.iter().for_each(|t| file.extend(t.to_be_bytes()));
            file.extend([1u8, 0].iter().take(times.len()));
            for (offset, summer, name) in [(3600i32, 0u8, 0u8), (7200, 1, 4)] {
                file.extend(offset.to_be_bytes());
                file.extend([summer, name]);
            }
            file.extend(b"ABC\0DEF\0");
        }
        file.extend(b"\nABC-1\n");
        let z = Zone::compiled(&file).unwrap();
        assert_eq!(shown(&z, -1), (3600, false, "ABC"));
        assert_eq!(shown(&z, 5), (7200, true, "DEF"));
        assert_eq!(shown(&z, 2_000_000_000), (3600, false, "ABC"));
        for n in 0..file.len() - 8 {
            assert!(Zone::compiled(&file[..n]).is_none(), "{n}");
        }
    }
}
