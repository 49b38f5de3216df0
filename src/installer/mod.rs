//! Making new projects: what the `lunox` command does.

pub mod skeleton;
