//! The picture of the user who is logged in.

use lunox::http::uploads::UploadedFile;
use lunox::prelude::*;
use lunox::validation::image;
use serde::Deserialize;

use crate::models::user::User;
use crate::pictures;

pub struct AvatarController;

#[derive(Deserialize, Validate)]
struct NewAvatar {
    #[garde(custom(image), length(max = 1_000_000))]
    avatar: UploadedFile,
}

impl AvatarController {
    pub async fn update(req: HttpRequest) -> Result {
        let Some(user) = req.user::<User>().await? else { return abort(401) };
        let form = req.validate::<NewAvatar>().await?;
        user.set_avatar(Some(&pictures::keep(&form.avatar, "avatars").await?)).await?;
        Ok(to_route("account", ()).with("status", "This is you now.").into_response())
    }

    pub async fn destroy(req: HttpRequest) -> Result {
        let Some(user) = req.user::<User>().await? else { return abort(401) };
        user.set_avatar(None).await?;
        Ok(to_route("account", ()).with("status", "Your picture is removed.").into_response())
    }
}
