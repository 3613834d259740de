//! Native modules called from Rust, without an interpreter: what they give.

use super::prelude::*;
use crate::object::def::ModuleDef;
use crate::runtime::runtime::{Options, Runtime};

fn with_runtime(f: impl FnOnce(&Thread)) {
    let rt = Runtime::new(Options::default()).expect("runtime starts");
    // Never taken down: these tests are not about that.
    std::mem::forget(rt.clone());
    let th = Thread::attach(&rt).expect("attaches");
    f(&th);
}

/// A function of a module, called with positional arguments.
fn call(th: &Thread, m: &ModuleDef, name: &str, args: &[Obj]) -> Res {
    let def = m
        .functions
        .iter()
        .find(|f| f.name == name)
        .expect("known function");
    th.bind(def.name, def.sig, CallArgs::pos(args), |a| (def.f)(th, a))
}

fn new(th: &Thread, id: TypeId, args: &[Obj]) -> Obj {
    let ty = th.ty(id).obj().clone();
    th.call(&ty, args).expect("constructs")
}

fn ints(th: &Thread, all: &[i64]) -> Obj {
    th.list(all.iter().map(|&n| th.int(n)).collect())
        .expect("list")
}

fn shown(th: &Thread, o: &Obj) -> String {
    th.repr(o).expect("repr").to_rust()
}

/// The repr of all that an iterator gives.
fn all(th: &Thread, it: &Obj) -> String {
    let items = th.collect(it).expect("iterates");
    shown(th, &th.list(items).expect("list"))
}

#[test]
fn iterators_give_what_cpythons_do() {
    with_runtime(|th| {
        let v = ints(th, &[1, 2, 3]);
        let two = th.int(2);
        for (id, args, want) in [
            (TypeId::ItAccumulate, vec![v.clone()], "[1, 3, 6]"),
            (
                TypeId::ItChain,
                vec![v.clone(), v.clone()],
                "[1, 2, 3, 1, 2, 3]",
            ),
            (
                TypeId::ItBatched,
                vec![v.clone(), two.clone()],
                "[(1, 2), (3,)]",
            ),
            (TypeId::ItPairwise, vec![v.clone()], "[(1, 2), (2, 3)]"),
            (
                TypeId::ItCombinations,
                vec![v.clone(), two.clone()],
                "[(1, 2), (1, 3), (2, 3)]",
            ),
            (
                TypeId::ItCombinationsWr,
                vec![ints(th, &[1, 2]), two.clone()],
                "[(1, 1), (1, 2), (2, 2)]",
            ),
            (
                TypeId::ItPermutations,
                vec![v.clone(), two.clone()],
                "[(1, 2), (1, 3), (2, 1), (2, 3), (3, 1), (3, 2)]",
            ),
            (
                TypeId::ItProduct,
                vec![ints(th, &[1, 2]), ints(th, &[3, 4])],
                "[(1, 3), (1, 4), (2, 3), (2, 4)]",
            ),
            (TypeId::ItRepeat, vec![two.clone(), two.clone()], "[2, 2]"),
            (
                TypeId::ItIslice,
                vec![v.clone(), th.int(1), Obj::NONE],
                "[2, 3]",
            ),
            (
                TypeId::ItZipLongest,
                vec![v.clone(), v.clone()],
                "[(1, 1), (2, 2), (3, 3)]",
            ),
            (
                TypeId::ItCompress,
                vec![v.clone(), ints(th, &[1, 0, 1])],
                "[1, 3]",
            ),
        ] {
            assert_eq!(all(th, &new(th, id, &args)), want, "{id:?}");
        }
    });
}

#[test]
fn groups_and_tees_share_their_source() {
    with_runtime(|th| {
        let groups = new(th, TypeId::ItGroupby, &[ints(th, &[1, 1, 2])]);
        let first = th.next(&groups).expect("next").expect("a group");
        let group = first.cast::<Tuple>().expect("a pair").items()[1].clone();
        assert_eq!(all(th, &group), "[1, 1]");
        assert_eq!(th.collect(&groups).expect("iterates").len(), 1);
        let tees = call(
            th,
            &super::itertools::MODULE,
            "tee",
            &[ints(th, &[1, 2, 3])],
        )
        .expect("tee");
        for t in tees.cast::<Tuple>().expect("a tuple").items() {
            assert_eq!(all(th, t), "[1, 2, 3]");
        }
    });
}

#[test]
fn deques_are_bounded() {
    with_runtime(|th| {
        let d = new(th, TypeId::Deque, &[ints(th, &[1, 2, 3, 4]), th.int(3)]);
        assert_eq!(shown(th, &d), "deque([2, 3, 4], maxlen=3)");
        th.call_method(&d, "rotate", &[]).expect("rotates");
        th.call_method(&d, "appendleft", &[th.int(9)])
            .expect("appends");
        assert_eq!(shown(th, &d), "deque([9, 4, 2], maxlen=3)");
        let it = th.iter(&d).expect("iterates");
        assert_eq!(all(th, &it), "[9, 4, 2]");
    });
}

#[test]
fn numbers_and_heaps_and_text() {
    with_runtime(|th| {
        let math = |name: &str, args: &[Obj]| call(th, &super::math::MODULE, name, args);
        assert_eq!(
            shown(th, &math("factorial", &[th.int(25)]).expect("25!")),
            "15511210043330985984000000"
        );
        assert_eq!(
            shown(th, &math("comb", &[th.int(60), th.int(30)]).expect("comb")),
            "118264581564861424"
        );
        let tenths = th.list(vec![Obj::float(0.1); 10]).expect("list");
        assert_eq!(shown(th, &math("fsum", &[tenths]).expect("fsum")), "1.0");
        let heap = ints(th, &[5, 3, 8, 1]);
        call(
            th,
            &super::heapq::MODULE,
            "heapify",
            std::slice::from_ref(&heap),
        )
        .expect("heapify");
        let mut order = Vec::new();
        while th.len(&heap).expect("len") > 0 {
            order.push(
                call(
                    th,
                    &super::heapq::MODULE,
                    "heappop",
                    std::slice::from_ref(&heap),
                )
                .expect("pops"),
            );
        }
        assert_eq!(shown(th, &th.list(order).expect("list")), "[1, 3, 5, 8]");
        let packed = call(
            th,
            &super::structs::MODULE,
            "pack",
            &[
                th.str("<hI3s").expect("str"),
                th.int(-2),
                th.int(7),
                th.bytes(b"ab").expect("bytes"),
            ],
        );
        assert_eq!(
            shown(th, &packed.expect("packs")),
            "b'\\xfe\\xff\\x07\\x00\\x00\\x00ab\\x00'"
        );
        let data = th.bytes(&b"abc".repeat(1000)).expect("bytes");
        let small = call(
            th,
            &super::zlib::MODULE,
            "compress",
            std::slice::from_ref(&data),
        )
        .expect("compresses");
        assert!(th.len(&small).expect("len") < 100);
        let back = call(th, &super::zlib::MODULE, "decompress", &[small]).expect("decompresses");
        assert!(th.eq(&back, &data).expect("compares"));
        let field = [th.str("a.b[0][x]").expect("str")];
        let split = call(
            th,
            &super::string_parts::MODULE,
            "formatter_field_name_split",
            &field,
        )
        .expect("splits");
        let rest = split.cast::<Tuple>().expect("a pair").items()[1].clone();
        assert_eq!(all(th, &rest), "[(True, 'b'), (False, 0), (False, 'x')]");
    });
}
