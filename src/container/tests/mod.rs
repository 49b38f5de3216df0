use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

mod bindings;
mod decorating;
mod errors;
mod names;
mod scopes;
mod threads;

/// An object with a number, by which two of them are told apart.
#[derive(Debug, PartialEq)]
struct Counter(usize);

trait Greet: Send + Sync {
    fn greet(&self) -> String;
}

struct Plain(&'static str);

impl Greet for Plain {
    fn greet(&self) -> String {
        self.0.to_owned()
    }
}

/// A greeting inside another.
struct Wrapped {
    inner: Arc<dyn Greet>,
    with: &'static str,
}

impl Greet for Wrapped {
    fn greet(&self) -> String {
        format!("{}({})", self.with, self.inner.greet())
    }
}

/// A factory of counters that are numbered from one.
fn counting() -> impl Fn(&Resolver<'_>) -> Result<Counter, crate::error::BoxError> {
    let made = AtomicUsize::new(0);
    move |_| Ok(Counter(made.fetch_add(1, Ordering::SeqCst) + 1))
}

fn number(app: &Container) -> usize {
    app.make::<Counter>().unwrap().0
}
