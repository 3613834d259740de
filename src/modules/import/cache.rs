//! Compiled code of the embedded library, kept in a folder between processes: compiling is most of what an import costs.
//!
//! A folder for each build (`FOLDER/ID/MODULE`), as [`pack`] is of one build. A file is written beside its place and
//! renamed into it, so a reader sees a whole file or none; it begins with a checksum, so that a damaged one is not taken.
//! Whatever fails here is no error: the module is compiled.

use super::library::Entry;
use std::hash::Hasher;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use threadsnake_front::code::Code;
use threadsnake_front::pack;
use threadsnake_threads::sync::Arc;

/// Folders of other builds are removed after this time without use.
const KEPT: Duration = Duration::from_secs(14 * 24 * 3600);

/// The folder of this build below `folder`.
pub fn of_build(folder: &Path) -> Option<PathBuf> {
    let about = std::env::current_exe().ok()?.metadata().ok()?;
    let since = about
        .modified()
        .ok()?
        .duration_since(SystemTime::UNIX_EPOCH);
    let mut h = siphasher::sip::SipHasher13::new();
    h.write_u64(about.len());
    h.write_u128(since.ok()?.as_nanos());
    Some(folder.join(format!("{:016x}", h.finish())))
}

/// The code of a module, if it is kept.
pub fn read(folder: &Path, e: &Entry) -> Option<Code> {
    let bytes = std::fs::read(folder.join(e.name)).ok()?;
    let (sum, rest) = bytes.split_first_chunk::<8>()?;
    if checksum(rest) != u64::from_le_bytes(*sum) {
        return None;
    }
    pack::unpack(rest, &e.file())
}

/// Keeps the code of a module.
pub fn write(folder: &Path, e: &Entry, code: &Arc<Code>) {
    let packed = pack::pack(code);
    let mut bytes = checksum(&packed).to_le_bytes().to_vec();
    bytes.extend_from_slice(&packed);
    if !folder.is_dir() && !begin(folder) {
        return;
    }
    let unfinished = folder.join(format!(
        ".{}.{}.{:?}",
        e.name,
        std::process::id(),
        threadsnake_threads::sync::thread::current().id()
    ));
    let done = std::fs::write(&unfinished, bytes)
        .and_then(|()| std::fs::rename(&unfinished, folder.join(e.name)));
    if done.is_err() {
        drop(std::fs::remove_file(&unfinished));
    }
}

fn checksum(bytes: &[u8]) -> u64 {
    let mut h = siphasher::sip::SipHasher13::new();
    h.write(bytes);
    h.finish()
}

/// Makes the folder of a build, and removes those that have not been written to for long.
fn begin(folder: &Path) -> bool {
    if std::fs::create_dir_all(folder).is_err() {
        return false;
    }
    let all = folder.parent().and_then(|all| std::fs::read_dir(all).ok());
    for other in all.into_iter().flatten().flatten() {
        let name = other.file_name().to_string_lossy().into_owned();
        let ours = name.len() == 16 && name.bytes().all(|b| b.is_ascii_hexdigit());
        let age = other.metadata().and_then(|m| m.modified()).ok();
        let old = age.is_some_and(|t| t.elapsed().is_ok_and(|d| d > KEPT));
        if ours && old {
            drop(std::fs::remove_dir_all(other.path()));
        }
    }
    true
}
