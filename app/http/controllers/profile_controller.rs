//! A page that remembers who was here.

use lunox::prelude::*;

pub struct ProfileController;

impl ProfileController {
    pub async fn show(req: HttpRequest) -> Result {
        let session = req.session();
        session.put("seen.profile", true);
        // The same session, from anywhere in the request.
        let name = request().session().get::<String>("name");
        Ok(view("profile", context! { name }))
    }
}
