//! The order of events when code is patched while other threads may be executing it.
//!
//! # Problem
//!
//! Compiled code relies on a fact that nothing in it checks. When the fact changes, each thread inside such code must
//! leave before it relies on it again, and a thread must never execute half-written instructions.
//!
//! # Two forms of patch point
//!
//! * **Redirect**: one aligned 32-bit displacement of a jump that exists anyway, replaced by one store. Other threads
//!   may be executing it at the time; each takes the old or the new way, and soon the new one.
//! * **Overwrite**: bytes after a call are replaced. No thread may execute them or be about to: only with the world
//!   stopped, and only if no thread resumes inside the bytes. (To resume at their first byte is what they are for.)
//!
//! A flag-checked point is a third way to write the first: the "site" is the flag.
//!
//! # Protocol, for a fact that no guard checks ([`change_fact`])
//!
//! 1. Ask: if no published code depends on the fact, mark, change, done: nobody is stopped.
//! 2. Stop the world. Every thread inside compiled code is now at a safepoint of it. **P1**: between a safepoint in
//!    compiled code and the next place that relies on any assumption there is a patch point of that assumption.
//! 3. In the watchers' critical section: mark the assumption broken, patch every site, change the fact. A site of
//!    the second form in which a thread would resume is not written (**P2**): that thread is told by `INVALIDATED` in its
//!    guard word instead, and must leave its compiled code before it resumes.
//! 4. Make the stores visible to instruction fetch, if any were made ([`PatchSite::synchronise`]).
//! 5. Let the world go. By P1 each thread meets the patched site before it relies on the fact again.
//!
//! # For requests ([`redirect`])
//!
//! A back edge of Single code is a redirect site without a fact: to make the only thread come to a safepoint, its
//! back edges are redirected by whoever asks, and put back by the thread itself. It leaves with its next turn of the
//! loop; nothing is relied on before.
//!
//! # Orderings
//!
//! What happens under the stop is ordered by the stop. The redirecting store is `Release`, so that what it is to
//! announce (a bit in the guard word) is there when the thread arrives.
//!
//! | site      | state                                                                                        |
//! |-----------|----------------------------------------------------------------------------------------------|
//! | quiet     | costs nothing; its assumption is unbroken                                                    |
//! | fired     | leads to the exit, for ever; its assumption is broken                                        |
//! | passed over | second form only: quiet, its assumption broken, the threads inside told by `INVALIDATED`   |
//!
//! # Not checked
//!
//! Instruction fetch: models have a flag for a site. That a store to an aligned displacement is seen whole, and soon, by a
//! processor that executes it was tried on real machines. That P1 holds for generated code is tested in `jit/`.

use crate::domain::Domain;
use crate::fault::{Fault, planted};
use crate::record::{INVALIDATED, ThreadRecord};
use crate::stop::World;
use crate::watch::{Outcome, Watchers};
use std::hash::Hash;

/// Which of the two forms a site has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// One aligned store into a jump, or into a flag.
    Redirect,
    /// Bytes that are replaced while the world is stopped.
    Overwrite,
}

/// A place in compiled code that can be made to leave it.
pub trait PatchSite {
    /// Its form.
    fn form(&self) -> Form;

    /// Makes the site lead to its exit, by one store with `Release` for the form `Redirect`. Idempotent. May be called
    /// under the watchers' lock and in a stopped world: allocates nothing of the VM's and waits for nothing.
    fn fire(&self);

    /// Form `Overwrite`: whether `thread`, which stands still, would resume inside the bytes, not at the first.
    fn is_resumed_into(&self, thread: &ThreadRecord) -> bool {
        let _ = thread;
        false
    }

    /// Makes all sites fired so far visible to instruction fetch of all threads; called once, on one of the sites.
    fn synchronise(&self) {}
}

/// Fires a site of the form `Redirect` while the world runs.
pub fn redirect(site: &impl PatchSite) {
    debug_assert!(site.form() == Form::Redirect);
    site.fire();
    site.synchronise();
}

/// Changes a fact that compiled code may rely on: see the protocol. `change` makes the change itself, under the
/// watchers' lock and possibly in a stopped world; it returns what it displaces, for the caller to drop. A safepoint.
pub fn change_fact<K: Hash + Eq + Clone, S: PatchSite + Clone, R>(
    domain: &Domain,
    me: &ThreadRecord,
    watchers: &Watchers<K, S>,
    key: &K,
    change: impl FnOnce() -> R,
) -> (Outcome, R) {
    // Step 1.
    let change = match watchers.break_if_idle(key, change) {
        Ok(done) => return done,
        Err(change) => change,
    };
    if planted(Fault::PatchNoStop) {
        return watchers.break_(key, |site| site.fire(), change);
    }
    if planted(Fault::PatchChangeFirst) {
        let result = change();
        return domain.stop_the_world(me, |world| {
            let outcome = watchers.break_(key, |site| patch(site, world), || ()).0;
            (outcome, result)
        });
    }
    if planted(Fault::PatchAfterResume) {
        let mut sites = Vec::new();
        let done = domain.stop_the_world(me, |_| {
            watchers.break_(key, |site| sites.push(site.clone()), change)
        });
        sites.iter().for_each(PatchSite::fire);
        return done;
    }
    // Steps 2 to 5.
    domain.stop_the_world(me, |world| {
        let mut one = None;
        let done = watchers.break_(
            key,
            |site| {
                patch(site, world);
                if one.is_none() {
                    one = Some(site.clone());
                }
            },
            change,
        );
        if let Some(site) = one {
            site.synchronise();
        }
        done
    })
}

/// Step 3, for one site.
fn patch(site: &impl PatchSite, world: &World<'_>) {
    if site.form() == Form::Overwrite && !planted(Fault::PatchNoResumeCheck) {
        let mut inside = false;
        for thread in world.threads().filter(|t| site.is_resumed_into(t)) {
            thread.request(INVALIDATED);
            inside = true;
        }
        if inside {
            return;
        }
    }
    site.fire();
}
