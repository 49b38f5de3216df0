//! Templates: minijinja under `resources/views`, named with dots.
//!
//! `view("photos.show", context! { photo => photo })` renders `resources/views/photos/show.html`. What a visitor
//! sent is escaped, and a value that is absent is written as nothing. Templates reach the session, the form that was sent
//! before, routes and configuration by functions:
//!
//! | in a template | gives |
//! |---|---|
//! | `session('name')` | a value of the session, or nothing |
//! | `csrf_field()`, `csrf_token()` | the hidden field that shows that a form is ours, and its value |
//! | `old('name')`, `old('address.city', 'London')` | a field of the input that the last request left, or the default |
//! | `error('name')`, `error('name', bag='login')` | the first message about a field, or nothing |
//! | `errors` | all messages: `errors.any()`, `all()`, `has('name')`, `get('name')`, `first('name')`, `bag('login')` |
//! | `route('photos.show', photo=5)` | the path of a named route |
//! | `method_field('PUT')` | the hidden field of method spoofing |
//! | `asset('css/app.css')` | the path of a file of `public/`, with the hash of its content: browsers keep it. Under `asset_url` in `config/view.rs`, if that is set, the path has no hash |
//! | `config('app.name')` | an option |
//!
//! Providers add functions and data with [`Application::view`](crate::Application::view), middleware adds them for one
//! request with [`HttpRequest::share_with_views`](crate::http::HttpRequest::share_with_views).

mod data;
mod engine;
mod functions;
mod messages;
mod render;
mod shared;
mod view_error;

pub use data::Data;
pub use engine::{ViewConfig, Views};
/// A value inside a template. A function that returns HTML returns [`Value::from_safe_string`].
pub use minijinja::Value;
pub use render::{view, view_with_status};
pub use view_error::ViewError;
