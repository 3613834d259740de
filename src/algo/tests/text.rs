//! Methods of `str` and codecs against CPython's answers (`tests/data/text.txt`).

use threadsnake_algo::text::codec::{self, Fault, Order, Policy};
use threadsnake_algo::text::split::{self, Ends, Span};
use threadsnake_algo::text::{self, StrData, StrRef, case, classify, layout};

fn chars(s: &str) -> StrData {
    if s == "-" {
        return StrData::Ascii(vec![]);
    }
    let v: Vec<u32> = s
        .split('.')
        .map(|x| u32::from_str_radix(x, 16).unwrap())
        .collect();
    StrData::from(&v[..])
}

fn show(s: StrRef<'_>) -> String {
    let v: Vec<String> = s.chars().map(|c| format!("{c:x}")).collect();
    if v.is_empty() {
        "-".into()
    } else {
        v.join(".")
    }
}

fn bytes(s: &str) -> Vec<u8> {
    if s == "-" {
        return vec![];
    }
    (0..s.len() / 2)
        .map(|i| u8::from_str_radix(&s[2 * i..2 * i + 2], 16).unwrap())
        .collect()
}

fn show_bytes(b: &[u8]) -> String {
    if b.is_empty() {
        "-".into()
    } else {
        b.iter().map(|x| format!("{x:02x}")).collect()
    }
}

fn spans(s: StrRef<'_>, v: Vec<Span>) -> String {
    v.iter()
        .map(|&(a, b)| show(s.slice(a, b)))
        .collect::<Vec<_>>()
        .join("|")
}

fn fault<T>(f: Fault) -> Result<T, String> {
    Err(format!("!{} {} {}", f.start, f.end, f.reason))
}

fn encode(s: StrRef<'_>, name: &str, policy: Policy) -> String {
    let mut h = |f: Fault| policy.encode(s, f).or_else(fault);
    let r = match name {
        "utf-8" => codec::encode_utf8(s, &mut h),
        "utf-16" => codec::encode_utf16(s, Order::Native, &mut h),
        "utf-16-be" => codec::encode_utf16(s, Order::Big, &mut h),
        "utf-32-le" => codec::encode_utf32(s, Order::Little, &mut h),
        "ascii" => codec::encode_ascii(s, &mut h),
        "latin-1" => codec::encode_latin1(s, &mut h),
        "unicode_escape" => Ok(codec::encode_unicode_escape(s)),
        _ => Ok(codec::encode_raw_unicode_escape(s)),
    };
    r.map_or_else(|e| e, |b| show_bytes(&b))
}

fn decode(b: &[u8], name: &str, policy: Policy) -> String {
    let mut h = |f: Fault| policy.decode(b, f).or_else(fault);
    let r = match name {
        "utf-8" => codec::decode_utf8(b, true, &mut h),
        "utf-16" => codec::decode_utf16(b, Order::Native, true, &mut h),
        "utf-16-be" => codec::decode_utf16(b, Order::Big, true, &mut h),
        "utf-32" => codec::decode_utf32(b, Order::Native, true, &mut h),
        "ascii" => codec::decode_ascii(b, &mut h),
        "unicode_escape" => codec::decode_unicode_escape(b, true, &mut |_| {}, &mut h),
        _ => codec::decode_raw_unicode_escape(b, true, &mut h),
    };
    r.map_or_else(|e| e, |d| show(d.text.as_ref()))
}

fn signed(x: Option<usize>) -> i64 {
    x.map_or(-1, |i| i as i64)
}

fn answer(op: &str, arg: &str) -> String {
    let parts: Vec<&str> = op.split(':').collect();
    if parts[0] == "dec" {
        return decode(&bytes(arg), parts[1], Policy::from_name(parts[2]).unwrap());
    }
    let (a, b) = arg.split_once(',').unwrap_or((arg, "-"));
    let (a, b) = (chars(a), chars(b));
    let (s, o) = (a.as_ref(), b.as_ref());
    let text = |d: StrData| show(d.as_ref());
    match parts[0] {
        "enc" => encode(s, parts[1], Policy::from_name(parts[2]).unwrap()),
        "upper" => text(case::upper(s)),
        "lower" => text(case::lower(s)),
        "title" => text(case::title(s)),
        "swapcase" => text(case::swapcase(s)),
        "casefold" => text(case::casefold(s)),
        "capitalize" => text(case::capitalize(s)),
        "is" => {
            use classify::*;
            let all = [
                is_alpha,
                is_alnum,
                is_decimal,
                is_digit,
                is_numeric,
                is_space,
                is_printable,
                is_identifier,
                is_lower,
                is_upper,
                is_title,
            ];
            all.iter().map(|f| if f(s) { '1' } else { '0' }).collect()
        }
        "repr" => text(text::repr(s)),
        "ascii" => text(text::ascii(s)),
        "splitlines" => spans(s, split::splitlines(s, false)),
        "splitlinesk" => spans(s, split::splitlines(s, true)),
        "split" => spans(s, split::split_space(s, usize::MAX)),
        "split1" => spans(s, split::split_space(s, 1)),
        "rsplit1" => spans(s, split::rsplit_space(s, 1)),
        "splitsep" => spans(s, split::split(s, o, 2)),
        "rsplitsep" => spans(s, split::rsplit(s, o, 2)),
        "strip" => {
            let (a, b) = split::strip_space(s, Ends::Both);
            show(s.slice(a, b))
        }
        "expandtabs" => text(layout::expandtabs(s, 4, 1 << 20).unwrap()),
        "zfill" => text(layout::zfill(s, 7)),
        "center" => text(layout::center(s, 8, 42)),
        "find" => format!(
            "{} {} {}",
            signed(text::find(s, o)),
            signed(text::rfind(s, o)),
            text::count(s, o)
        ),
        "replace" => {
            let new = StrData::from("xé");
            text::replace(s, o, new.as_ref(), 2).map_or_else(|| show(s), text)
        }
        _ => panic!("unknown {op}"),
    }
}

#[test]
fn str_and_codecs_answer_as_cpython() {
    let mut wrong = 0;
    for line in include_str!("data/text.txt").lines() {
        let [op, arg, want] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let got = answer(op, arg);
        if got != want {
            wrong += 1;
            eprintln!("{op} {arg}\n  want {want}\n  got  {got}");
        }
    }
    assert_eq!(wrong, 0);
}

#[test]
fn wide_search_stays_linear_and_right() {
    let hay: Vec<u16> = std::iter::repeat_n(0x100, 20000).chain([0x101]).collect();
    let needle: Vec<u16> = std::iter::repeat_n(0x100, 5000).chain([0x101]).collect();
    let (h, n) = (StrRef::Ucs2(&hay), StrRef::Ucs2(&needle));
    assert_eq!(text::find(h, n), Some(15000));
    assert_eq!(text::rfind(h, n), Some(15000));
    assert_eq!(text::find(h, StrRef::Ascii(b"a")), None);
}
