//! The lines around a place in the application's sources.

use crate::error::{Excerpt, Place};
use crate::foundation::Application;

/// The lines around a place, where its file can be read. The compiler names files relative to the folder of the
/// workspace, which is the application's own or one above it.
pub(super) fn excerpt(app: &Application, place: &Place) -> Option<Excerpt> {
    let base = app.base_path("");
    let base = base.canonicalize().unwrap_or(base);
    let text = base.ancestors().take(3).find_map(|folder| {
        // An absolute name, of a crate that cargo has downloaded, replaces the folder.
        std::fs::read_to_string(folder.join(place.file())).ok()
    })?;
    let excerpt = Excerpt::new(place.clone(), &text);
    (excerpt.lines().count() > 0).then_some(excerpt)
}
