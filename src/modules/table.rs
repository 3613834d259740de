//! The one list of native modules. Each is one file; its definition is named here and nowhere else.

use super::*;
use crate::object::def::{ModuleDef, TypeDef};

/// Functions that take the place of those of the same names in a module of the library, once it has run.
pub static INSTEAD: &[&ModuleDef] = &[
    &base64::MODULE,
    &dis::MODULE,
    &import::hooks::PKGUTIL,
    &zoneinfo::MODULE,
];

/// Every native module's definition.
pub static MODULES: &[&ModuleDef] = &[
    &crate::builtins::functions::MODULE,
    &abc::MODULE,
    &array::MODULE,
    &ast::MODULE,
    &asyncio::MODULE,
    &atexit::MODULE,
    &binascii::MODULE,
    &bisect::MODULE,
    &bz2::MODULE,
    &codecs::MODULE,
    &collections::MODULE,
    &contextvars::MODULE,
    &csv::MODULE,
    &datetime::MODULE,
    &decimal::MODULE,
    &elementtree::MODULE,
    &errno::MODULE,
    &faulthandler::MODULE,
    &fcntl::MODULE,
    &termios::MODULE,
    &functools::MODULE,
    &hashes::MD5,
    &hashes::SHA1,
    &hashes::SHA2,
    &hashes::hashlib::MODULE,
    &hashes::sha3::MODULE,
    &hashes::blake2::MODULE,
    &crate::builtins::weakref::MODULE,
    &gc::MODULE,
    &heapq::MODULE,
    &imp::MODULE,
    &marshal::MODULE,
    &io::MODULE,
    &itertools::MODULE,
    &json::MODULE,
    &locale::MODULE,
    &math::MODULE,
    &math::complex::MODULE,
    &multibyte::MODULE,
    &multibyte::CN,
    &multibyte::HK,
    &multibyte::ISO2022,
    &multibyte::JP,
    &multibyte::KR,
    &multibyte::TW,
    &opcode::MODULE,
    &multiprocessing::MODULE,
    &multiprocessing::SHARED_MEMORY,
    &operator::MODULE,
    &pickle::MODULE,
    &posix::MODULE,
    &posixsubprocess::MODULE,
    &pwd::PWD,
    &pwd::GRP,
    &pyexpat::MODULE,
    &random::MODULE,
    &resource::MODULE,
    &select::MODULE,
    &signal::MODULE,
    &socket::MODULE,
    &sre::MODULE,
    &string_parts::MODULE,
    &structs::MODULE,
    &sys::MODULE,
    &sysconfigdata::MODULE,
    &thread::MODULE,
    &thread::QUEUE,
    &time::MODULE,
    &tokenize::MODULE,
    &typing::MODULE,
    &unicodedata::MODULE,
    &warnings::MODULE,
    &zlib::MODULE,
];

/// The types of native modules, by module.
pub static TYPES: &[&[&TypeDef]] = &[
    abc::TYPES,
    array::TYPES,
    asyncio::TYPES,
    bz2::TYPES,
    collections::TYPES,
    contextvars::TYPES,
    csv::TYPES,
    datetime::TYPES,
    decimal::TYPES,
    elementtree::TYPES,
    functools::TYPES,
    hashes::TYPES,
    import::TYPES,
    io::TYPES,
    itertools::TYPES,
    json::TYPES,
    multibyte::TYPES,
    multiprocessing::TYPES,
    operator::TYPES,
    pickle::TYPES,
    posix::TYPES,
    pyexpat::TYPES,
    random::TYPES,
    select::TYPES,
    seq::TYPES,
    socket::TYPES,
    sre::TYPES,
    structs::TYPES,
    thread::TYPES,
    tokenize::TYPES,
    zlib::TYPES,
    crate::builtins::weakref::TYPES,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::sig::Sig;

    #[test]
    fn every_signature_parses() {
        for m in MODULES {
            m.functions.iter().for_each(|f| drop(Sig::parse(f.sig)));
        }
        for d in crate::builtins::table::all() {
            d.methods.iter().for_each(|f| drop(Sig::parse(f.sig)));
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = MODULES.iter().map(|m| m.name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|w| w[0] != w[1]));
        let mut ids: Vec<_> = crate::builtins::table::all().map(|d| d.id).collect();
        ids.sort_unstable();
        assert!(ids.windows(2).all(|w| w[0] != w[1]));
    }
}
