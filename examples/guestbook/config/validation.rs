//! What is said about mistakes in forms.

use lunox::prelude::*;

pub fn config(_: &Env) -> ValidationConfig {
    ValidationConfig {
        messages: &[
            ("avatar.required", "Choose a picture: a PNG, JPEG, GIF or WebP file."),
            ("avatar.max", "A picture of you has up to 1 MB."),
            ("message.required", "Write a message."),
            ("message.max", "Keep it to {max} characters."),
            ("picture.max", "A picture has up to 2 MB."),
        ],
        names: &[],
    }
}
