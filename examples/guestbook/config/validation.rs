//! What is said about mistakes in forms.

use lunox::prelude::*;

pub fn config(_: &Env) -> ValidationConfig {
    ValidationConfig {
        messages: &[
            ("name.required", "Write your name."),
            ("name.max", "A name has up to {max} characters."),
            ("message.required", "Write a message."),
            ("message.max", "Keep it to {max} characters."),
            ("picture.max", "A picture has up to 2 MB."),
        ],
        names: &[],
    }
}
