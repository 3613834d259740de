//! The local time zone of a runtime: what `TZ` in its environment says, or the system's. Known from the first use on, and
//! looked up anew by `time.tzset`.

use crate::modules::posix::environ;
use crate::modules::prelude::*;
use threadsnake_algo::calendar::Zone;
use threadsnake_threads::sync::{Arc, Mutex};

/// Where zones are kept by name.
const FOLDER: &str = "/usr/share/zoneinfo";
const SYSTEM: &str = "/etc/localtime";

/// What a runtime keeps.
#[derive(Default)]
struct State {
    zone: Mutex<Option<Arc<Zone>>>,
}

/// The zone.
pub fn local(th: &Thread) -> Arc<Zone> {
    let state = th.rt().module_state::<State>();
    if let Some(z) = &*state.zone.lock() {
        return z.clone();
    }
    let new = Arc::new(look_up(environ::get(th, "TZ")));
    state.zone.lock().get_or_insert(new).clone()
}

/// Looks the zone up anew.
pub fn reset(th: &Thread) {
    let new = Arc::new(look_up(environ::get(th, "TZ")));
    *th.rt().module_state::<State>().zone.lock() = Some(new);
}

fn file(path: &str) -> Option<Zone> {
    Zone::compiled(&std::fs::read(path).ok()?)
}

fn look_up(tz: Option<Vec<u8>>) -> Zone {
    let Some(tz) = tz else {
        return file(SYSTEM).unwrap_or_else(|| Zone::utc("UTC"));
    };
    let tz = String::from_utf8_lossy(&tz).into_owned();
    let name = tz.strip_prefix(':').unwrap_or(&tz);
    if name.is_empty() {
        return Zone::utc("UTC");
    }
    let kept = match name.starts_with('/') {
        true => file(name),
        false => file(&format!("{FOLDER}/{name}")),
    };
    kept.or_else(|| Zone::rule(name)).unwrap_or_else(|| {
        let letters = name.chars().take_while(char::is_ascii_alphabetic);
        match letters.collect::<String>() {
            n if n.len() >= 3 => Zone::utc(&n),
            _ => Zone::utc("UTC"),
        }
    })
}
