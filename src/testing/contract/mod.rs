//! What every session driver has to keep: a suite of tests for drivers of your own.
//!
//! [`session_driver_contract!`](crate::session_driver_contract) makes a module with one test a clause. Each
//! test calls the factory once, for an empty store of its own:
//!
//! ```
//! use lunox::session::MemoryDriver;
//!
//! lunox::session_driver_contract!(memory, || async { MemoryDriver::new() });
//! # fn main() {}
//! ```
//!
//! A factory that has to keep something alive beside the driver, such as a temporary folder, gives both:
//! `(driver, folder)`.
//!
//! The deadlines in the clauses lie far in the future, except where a clause is about a deadline that has
//! passed, so a store that removes records by its own clock can be tested too. A clause that takes longer
//! than a minute fails.

mod clauses;
#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::session::SessionDriver;

#[doc(hidden)]
pub use clauses::*;

/// What a factory gives: a driver, or a driver and something that must live as long.
pub trait Subject {
    /// The driver under test.
    type Driver: SessionDriver;
    /// What must live as long as the test.
    type Guard;

    /// Takes the two apart.
    fn split(self) -> (Self::Driver, Self::Guard);
}

impl<D: SessionDriver> Subject for D {
    type Driver = D;
    type Guard = ();

    fn split(self) -> (D, ()) {
        (self, ())
    }
}

impl<D: SessionDriver, G> Subject for (D, G) {
    type Driver = D;
    type Guard = G;

    fn split(self) -> (D, G) {
        self
    }
}

/// Makes a module of tests that hold a driver to the contract.
///
/// The first argument names the module; the second is a closure that gives, in a future, an empty store.
/// See [`testing::contract`](crate::testing::contract).
#[macro_export]
macro_rules! session_driver_contract {
    ($name:ident, $factory:expr $(,)?) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            $crate::__session_driver_clauses!($crate::__session_driver_test, $factory);
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __session_driver_test {
    ($factory:expr, $($clause:ident)*) => {$(
        #[test]
        fn $clause() {
            $crate::testing::contract::__private::check($factory, $crate::testing::contract::$clause);
        }
    )*};
}

/// For the macro only.
#[doc(hidden)]
pub mod __private {
    use super::*;

    /// Runs one clause against a fresh driver, on a runtime with two threads.
    pub fn check<S: Subject, F: Future<Output = S>, C: Future<Output = ()>>(
        factory: impl FnOnce() -> F,
        clause: impl FnOnce(S::Driver) -> C,
    ) {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(2).enable_all().build().expect("the runtime starts");
        let guard = runtime.block_on(async {
            let (driver, guard) = factory().await.split();
            let ended = tokio::time::timeout(Duration::from_secs(60), clause(driver)).await;
            assert!(ended.is_ok(), "the clause did not end within a minute");
            guard
        });
        // The runtime waits for work that dropped calls left in its pool, which still needs the guard.
        drop(runtime);
        drop(guard);
    }
}
