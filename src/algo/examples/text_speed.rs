//! Times string algorithms in nanoseconds an operation; `tools/text_speed.py` times CPython's on the same texts.

use std::hint::black_box;
use std::time::Instant;
use threadsnake_algo::text::{self, StrData, StrRef, case, codec, split};
use threadsnake_algo::{float, hash, json_scan};

fn time<T>(name: &str, mut f: impl FnMut() -> T) {
    let mut best = f64::MAX;
    for _ in 0..5 {
        let n = 2000;
        let t = Instant::now();
        for _ in 0..n {
            black_box(f());
        }
        best = best.min(t.elapsed().as_secs_f64() / f64::from(n));
    }
    println!("{name:24} {:>9.0} ns", best * 1e9);
}

fn main() {
    let line = "the quick brown fox jumps over the lazy dog, ".repeat(100);
    let wide = StrData::from(&*line.replace("fox", "f\u{f6}\u{4e2d}x"));
    let (a, w) = (StrRef::Ascii(line.as_bytes()), wide.as_ref());
    let (dog, cat) = (StrRef::Ascii(b"dog?"), StrRef::Ascii(b"cat"));
    time("find miss", || text::find(a, dog));
    time("find miss, UCS-2", || text::find(w, dog));
    time("find short", || {
        text::find(a.slice(0, 44), StrRef::Ascii(b"dog"))
    });
    time("count", || text::count(a, StrRef::Ascii(b"the")));
    time("replace", || {
        text::replace(a, StrRef::Ascii(b"dog"), cat, usize::MAX)
    });
    time("replace one char", || {
        text::replace(a, StrRef::Ascii(b"o"), StrRef::Ascii(b"0"), usize::MAX)
    });
    time("split()", || split::split_space(a, usize::MAX));
    time("split(' ')", || {
        split::split(a, StrRef::Ascii(b" "), usize::MAX)
    });
    time("split(), UCS-2", || split::split_space(w, usize::MAX));
    time("upper", || case::upper(a));
    time("upper, UCS-2", || case::upper(w));
    time("strip", || split::strip_space(a, split::Ends::Both));
    time("repr", || text::repr(a));
    time("encode, UCS-2", || codec::encode_utf8(w, &mut |f| Err(f)));
    let utf8 = text::codec::utf8_lossless(w);
    time("decode, UCS-2", || {
        codec::decode_utf8(&utf8, true, &mut |f| Err(f))
    });
    time("hash", || hash::hash_str(hash::HashKey::from_seed(1), a));
    time("hash of 10", || {
        hash::hash_str(hash::HashKey::from_seed(0), a.slice(0, 10))
    });
    time("json escape", || json_scan::escape(a, true));
    let quoted = format!("\"{line}\"");
    time("json scan", || {
        json_scan::scan_string(StrRef::Ascii(quoted.as_bytes()), 1, true)
    });
    time("repr of float", || float::repr(black_box(0.1234567890123)));
    time("'%.6f'", || {
        float::float_to_string(black_box(0.1234567890123), 'f', 6, float::Flags::default())
    });
    time("parse of float", || {
        float::parse_float(black_box(b"0.1234567890123"))
    });
}
