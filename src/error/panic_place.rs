//! Where the last panic of a thread was.

use std::cell::RefCell;
use std::sync::Once;

use super::Place;
use crate::support::panic_message;

thread_local! {
    /// The message of the thread's last panic, and its place.
    static LAST: RefCell<Option<(String, Option<Place>)>> = const { RefCell::new(None) };
}

/// Notes the place of each panic from now on; what was called for panics before still is. Only the first call does
/// anything.
pub(crate) fn watch_panics() {
    static WATCHING: Once = Once::new();
    WATCHING.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let message = panic_message(panic.payload()).to_owned();
            let place = panic.location().and_then(Place::copied);
            // A thread that is ending may have lost its variables, and a panic in here would abort the process.
            let _ = LAST.try_with(|last| {
                if let Ok(mut last) = last.try_borrow_mut() {
                    *last = Some((message, place));
                }
            });
            before(panic);
        }));
    });
}

/// The place of the panic with this message that this thread has just caught.
pub(crate) fn place_of_panic(message: &str) -> Option<Place> {
    // Another message is an older panic, which somebody else has caught: `resume_unwind` calls no hook.
    let (of, place) = LAST.with(|last| last.try_borrow_mut().ok()?.take())?;
    place.filter(|_| of == message)
}
