//! The entries, as JSON.

use base64::prelude::*;
use lunox::prelude::*;
use lunox::throttle::LoginAttempt;

use crate::http::requests::new_entry::NewEntry;
use crate::models::entry::Entry;
use crate::models::user::User;

pub struct EntryController;

impl EntryController {
    pub async fn index(req: HttpRequest) -> Result {
        let page = req.page(20);
        let entries = Entry::list(page.limit(), page.offset()).await?;
        Ok(json(page.of(entries, Entry::count().await?)))
    }

    pub async fn store(req: HttpRequest) -> Result {
        let user = user(&req).await?;
        let id = req.validate::<NewEntry>().await?.save(&user).await?;
        Ok(json(Entry::find(id).await?).status(201))
    }

    pub async fn show(_req: HttpRequest, id: i64) -> Result {
        Ok(Entry::find(id).await?.map(json).into_response())
    }
}

/// The user whose address and password the request brings (`Authorization: Basic`), for this request alone.
async fn user(req: &HttpRequest) -> Result<Arc<User>> {
    let sent = req.header("authorization").and_then(|sent| sent.strip_prefix("Basic "));
    let sent = sent.and_then(|sent| String::from_utf8(BASE64_STANDARD.decode(sent).ok()?).ok());
    let Some((email, password)) = sent.as_deref().and_then(|sent| sent.split_once(':')) else {
        return abort(401);
    };
    let email = email.to_lowercase();
    // Guessing is slowed here as on the login page.
    let attempt = LoginAttempt::begin(req, &email).await?;
    if auth().once([("email", email.as_str()), ("password", password)]).await? {
        attempt.succeeded().await?;
    }
    req.user::<User>().await?.map_or_else(|| abort(401), Ok)
}
