//! Commands that an application adds.

use std::future::Future;
use std::panic::Location;
use std::sync::{Arc, Mutex};

use clap::{ArgMatches, Args, FromArgMatches};

use super::Output;
use crate::error::BootProblem;
use crate::foundation::Application;
use crate::http::Result;
use crate::support::lock::lock;
use crate::support::{BoxFuture, place};

/// A command of an application, with arguments typed by clap.
///
/// ```
/// use lunox::prelude::*;
/// use lunox::console::{Command, Output};
///
/// #[derive(clap::Args)]
/// struct GreetArgs {
///     /// Whom to greet.
///     name: String,
/// }
///
/// struct Greet;
///
/// impl Command for Greet {
///     type Args = GreetArgs;
///     const NAME: &'static str = "greet";
///     const ABOUT: &'static str = "Greet someone";
///
///     async fn handle(&self, args: GreetArgs, out: &Output, _app: &Application) -> Result<()> {
///         out.success(format!("Hello, {}", args.name));
///         Ok(())
///     }
/// }
/// ```
pub trait Command: Send + Sync + 'static {
    /// What it takes; `()` for nothing.
    type Args: Args + Send;

    /// What it is called by: `reports:send`.
    const NAME: &'static str;

    /// What it does, in a line.
    const ABOUT: &'static str;

    /// Does it, with the application booted.
    ///
    /// # Errors
    /// Printed with its causes; the process then ends with 1.
    fn handle(
        &self,
        args: Self::Args,
        out: &Output,
        app: &Application,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// The same trait without its argument type: commands of many types are in one list.
trait ErasedCommand: Send + Sync {
    fn describe(&self) -> clap::Command;
    fn handle<'a>(
        &'a self,
        matches: &ArgMatches,
        out: &'a Output,
        app: &'a Application,
    ) -> BoxFuture<'a, Result<()>>;
}

impl<C: Command> ErasedCommand for C {
    fn describe(&self) -> clap::Command {
        // `about` comes last: clap would take the comment on the arguments' struct for it.
        C::Args::augment_args(clap::Command::new(C::NAME)).about(C::ABOUT).long_about(None)
    }

    fn handle<'a>(
        &'a self,
        matches: &ArgMatches,
        out: &'a Output,
        app: &'a Application,
    ) -> BoxFuture<'a, Result<()>> {
        match C::Args::from_arg_matches(matches) {
            Ok(args) => Box::pin(Command::handle(self, args, out, app)),
            Err(error) => Box::pin(async move { Err(error.into()) }),
        }
    }
}

/// A command of any type.
#[derive(Clone)]
pub struct BoxCommand {
    command: Arc<dyn ErasedCommand>,
    name: &'static str,
    /// The line that added it.
    at: &'static Location<'static>,
}

impl BoxCommand {
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn describe(&self) -> clap::Command {
        self.command.describe()
    }

    pub(super) async fn run(
        &self,
        matches: &ArgMatches,
        out: &Output,
        app: &Application,
    ) -> Result<()> {
        self.command.handle(matches, out, app).await
    }

    /// Why it cannot be added beside the commands of these names. clap would panic.
    pub(super) fn problem(&self, taken: &[String]) -> Option<BootProblem> {
        let problem = |what: &str, cure: &str| {
            Some(
                BootProblem::new(place(self.at), format!("the command `{}` {what}", self.name))
                    .cure(cure),
            )
        };
        let is_plain = |c: char| c.is_ascii_alphanumeric() || ":-_.".contains(c);
        let starts = self.name.starts_with(|c: char| c.is_ascii_alphanumeric());
        if !starts || !self.name.chars().all(is_plain) {
            return problem("has a name that cannot be typed", "name it like `photos:import`");
        }
        if taken.iter().any(|name| name == self.name) {
            return problem("is there twice", "give one of them another NAME");
        }
        None
    }
}

/// Wraps a command for the list; [`commands!`](crate::commands) calls it for each element.
#[track_caller]
pub fn command<C: Command>(command: C) -> BoxCommand {
    BoxCommand { command: Arc::new(command), name: C::NAME, at: Location::caller() }
}

/// The commands of an application, for `app/console/mod.rs`.
#[macro_export]
macro_rules! commands {
    ($($command:expr),* $(,)?) => { vec![$($crate::console::command($command)),*] };
}

/// The commands that providers added.
#[derive(Default)]
pub(super) struct CommandRegistry(Mutex<Vec<BoxCommand>>);

impl Application {
    /// Adds a command; called in a provider's `boot`. A name that is taken is a boot error.
    #[track_caller]
    pub fn command(&self, added: impl Command) {
        self.singleton_if::<CommandRegistry>(|_| Ok(CommandRegistry::default()));
        if let Ok(registry) = self.make::<CommandRegistry>() {
            lock(&registry.0).push(command(added));
        }
    }
}

/// What providers added to a booted application.
pub(super) fn added(app: &Application) -> Vec<BoxCommand> {
    match app.make::<CommandRegistry>() {
        Ok(registry) => lock(&registry.0).clone(),
        Err(_) => Vec::new(),
    }
}
