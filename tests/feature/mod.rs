//! Tests of this application, from a visitor's side.

mod profile;
mod welcome;
