//! Templates: minijinja under `resources/views`, named with dots.
//!
//! `view("photos.show", context! { photo => photo })` renders `resources/views/photos/show.html`. What a visitor
//! sent is escaped. Templates reach the session, routes and configuration by functions:
//!
//! | in a template | gives |
//! |---|---|
//! | `session('name')` | a value of the session, or nothing |
//! | `old('name')` | a field of the input that the last request left |
//! | `route('photos.show', photo=5)` | the path of a named route |
//! | `method_field('PUT')` | the hidden field of method spoofing |
//! | `config('app.name')` | an option |

mod data;
mod engine;
mod functions;
mod render;

pub use data::Data;
pub use engine::{ViewConfig, Views};
pub use render::{view, view_with_status};
