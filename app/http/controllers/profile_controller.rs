//! A page with a form that remembers who was here.

use lunox::prelude::*;
use serde::{Deserialize, Serialize};

pub struct ProfileController;

/// What the session keeps under `profile`, beside the name.
#[derive(Deserialize, Serialize)]
struct Profile {
    about: String,
    phase: usize,
    telescope: bool,
}

/// The phases of the moon to choose from, as `resources/views/partials/moon.html` numbers them.
const PHASES: [usize; 8] = [0, 2, 3, 5, 6, 8, 9, 11];

impl ProfileController {
    pub async fn show(req: HttpRequest) -> Result {
        let session = req.session();
        session.put("seen.profile", true);
        // The same session, from anywhere in the request.
        let name = request().session().get::<String>("name");
        let profile = session.get::<Profile>("profile");
        Ok(view("profile", context! { name, profile, phases => PHASES }))
    }

    /// Saves the form, or goes back to it with what is wrong and what was filled in.
    pub async fn store(req: HttpRequest) -> Result {
        let name = req.string("name");
        let about = req.string("about");
        let phase = req.string("phase").parse().ok().filter(|phase| PHASES.contains(phase));
        let mut errors = Vec::new();
        if name.is_empty() {
            errors.push(("name", "Write your name."));
        }
        if name.chars().count() > 50 {
            errors.push(("name", "A name has up to 50 characters."));
        }
        if about.chars().count() > 280 {
            errors.push(("about", "Keep it to 280 characters."));
        }
        let Some(phase) = phase.filter(|_| errors.is_empty()) else {
            errors.extend(phase.is_none().then_some(("phase", "Choose one of the phases.")));
            return Ok(to_route("profile", ()).with_input().with_errors(errors).into_response());
        };
        let profile = Profile { about, phase, telescope: req.boolean("telescope") };
        req.session().put("name", name);
        req.session().put("profile", profile);
        Ok(to_route("profile", ()).with("status", "Saved.").into_response())
    }

    /// Forgets the visitor's name and profile.
    pub async fn destroy(req: HttpRequest) -> Result {
        req.session().forget(["name", "profile"]);
        Ok(to_route("profile", ()).with("status", "Forgotten.").into_response())
    }
}
