//! From the arguments of the process to its exit code.

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use clap::FromArgMatches;
use tokio::runtime::Runtime;

use super::args::{self, BuiltIn, Cli, Wanted};
use super::command::{BoxCommand, added};
use super::failure::Failure;
use super::{
    Output, about, config_show, key_generate, listing, maintenance, make, route_list, serve,
    session, storage_link,
};
use crate::error::{BootError, BootProblem};
use crate::foundation::{
    Application, ApplicationBuilder, LogConfig, init_logging, set_process_application,
    with_application,
};

/// Serves the application or runs one of its commands, as the process's arguments say.
pub fn run(builder: ApplicationBuilder) -> ExitCode {
    Console::new(builder).run()
}

/// An application's console: the framework's commands and its own.
pub struct Console {
    builder: ApplicationBuilder,
    commands: Vec<BoxCommand>,
}

impl Console {
    /// A console for the application.
    pub fn new(builder: ApplicationBuilder) -> Self {
        Self { builder, commands: Vec::new() }
    }

    /// Adds the application's own commands. A name that is taken is a boot error.
    #[must_use]
    pub fn commands(mut self, commands: Vec<BoxCommand>) -> Self {
        self.commands.extend(commands);
        self
    }

    /// Runs what the process's arguments say; without any it serves.
    pub fn run(self) -> ExitCode {
        self.run_with(std::env::args_os(), &Output::stdout())
    }

    /// Runs what these arguments say; the first is the name of the program.
    ///
    /// # Panics
    /// In a task of a runtime: it makes one of its own.
    pub fn run_with(
        self,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
        out: &Output,
    ) -> ExitCode {
        match self.dispatch(arguments.into_iter().map(Into::into).collect(), out) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => failure.report(out),
        }
    }

    fn dispatch(mut self, mut arguments: Vec<OsString>, out: &Output) -> Result<(), Failure> {
        let wanted = args::wanted(&mut arguments);
        let mut names = args::built_in_names();
        let own = names.len();
        note(&mut names, &self.commands)?;
        let wanted = match wanted {
            Wanted::List => return self.list(names, out).and_then(|()| out.written()),
            Wanted::Command(name) => names.iter().position(|known| *known == name),
            Wanted::Flag => Some(0),
        };
        // clap has to know all commands before it reads the arguments.
        if wanted.is_none_or(|index| index >= own) {
            let (runtime, app) = boot(&mut self.commands, &mut names, self.builder, out)?;
            let matches = read(&self.commands, arguments)?;
            run_own(&self.commands, &matches, runtime, &app, out)?;
            return out.written();
        }
        let matches = read(&self.commands, arguments)?;
        let cli = Cli::from_arg_matches(&matches).map_err(Failure::usage)?;
        self.run_built_in(cli.command, names, out)
    }

    fn run_built_in(
        mut self,
        command: BuiltIn,
        mut names: Vec<String>,
        out: &Output,
    ) -> Result<(), Failure> {
        let base = self.builder.base().to_owned();
        let load = |builder: ApplicationBuilder| builder.load().map_err(Failure::Boot);
        let mut boot = |builder| boot(&mut self.commands, &mut names, builder, out);
        let done = match command {
            BuiltIn::Serve(args) => {
                let (runtime, app) = boot(self.builder)?;
                runtime.block_on(serve::handle(app, args, out))?;
                end(runtime);
                // A server has done its work, whether or not there was room for what it said at its start.
                return Ok(());
            }
            BuiltIn::RouteList(args) => {
                let (_runtime, app) = boot(self.builder)?;
                route_list::handle(&app, &args, out)
            }
            BuiltIn::Session(command) => {
                let (runtime, app) = boot(self.builder)?;
                runtime.block_on(session::handle(&app, command, out))
            }
            #[cfg(feature = "database")]
            BuiltIn::Migrate(command) => {
                let app = load(self.builder)?;
                let runtime = crate::server::runtime()?;
                runtime.block_on(super::migrate::handle(&app, command, out))
            }
            #[cfg(feature = "database")]
            BuiltIn::MakeMigration(args) => {
                let app = load(self.builder)?;
                make::migration(&app, &args, out)
            }
            #[cfg(feature = "database")]
            BuiltIn::MakeSessionTable => make::session_table(&load(self.builder)?, out),
            BuiltIn::Down(args) => maintenance::down(&load(self.builder)?, args, out),
            BuiltIn::Up => maintenance::up(&load(self.builder)?, out),
            BuiltIn::List => self.list(names, out),
            BuiltIn::ConfigShow(args) => config_show::handle(&load(self.builder)?, &args, out),
            BuiltIn::About(args) => {
                about::handle(&load(self.builder)?, &args, out);
                Ok(())
            }
            BuiltIn::StorageLink => storage_link::handle(&load(self.builder)?, out),
            BuiltIn::KeyGenerate(args) => key_generate::handle(&base, &args, out),
            BuiltIn::MakeAuth(args) => make::auth(&load(self.builder)?, &args, out),
            BuiltIn::MakeCommand(args) => make::command(&base, &args, out),
            BuiltIn::MakeController(args) => make::controller(&base, &args, out),
            BuiltIn::MakeMiddleware(args) => make::middleware(&base, &args, out),
            BuiltIn::MakeProvider(args) => make::provider(&base, &args, out),
            #[cfg(feature = "validation")]
            BuiltIn::MakeRequest(args) => make::request(&base, &args, out),
        };
        done.and_then(|()| out.written())
    }

    /// Lists the commands, those of the providers too if the application boots.
    fn list(mut self, mut names: Vec<String>, out: &Output) -> Result<(), Failure> {
        if let Err(failure) = boot(&mut self.commands, &mut names, self.builder, out) {
            // The list is what helps somebody whose application does not start.
            failure.report(out);
            out.warn("so the commands that providers add are missing from this list\n");
        }
        let parser = args::parser(&self.commands);
        out.line(listing::list(&parser, &args::program(), out.style()));
        Ok(())
    }
}

fn read(commands: &[BoxCommand], arguments: Vec<OsString>) -> Result<clap::ArgMatches, Failure> {
    args::parser(commands).try_get_matches_from(arguments).map_err(Failure::usage)
}

/// Notes the names of more commands; those that are taken keep the application from starting.
fn note(names: &mut Vec<String>, commands: &[BoxCommand]) -> Result<(), Failure> {
    let mut error = BootError::default();
    for command in commands {
        match command.problem(names) {
            Some(problem) => error.push(problem),
            None => names.push(command.name().to_owned()),
        }
    }
    error.into_result().map_err(Failure::Boot)
}

/// Boots the application, which is the process's from then on, and adds its providers' commands.
fn boot(
    commands: &mut Vec<BoxCommand>,
    names: &mut Vec<String>,
    builder: ApplicationBuilder,
    out: &Output,
) -> Result<(Runtime, Application), Failure> {
    let runtime = crate::server::runtime()?;
    let app = builder.load().map_err(Failure::Boot)?;
    // Before the providers boot: what they log is read when they fail.
    let log = app.try_config::<LogConfig>().unwrap_or_default();
    // Where the output is captured, the process is somebody else's, and so is its log.
    let set_up = if out.is_captured() { log.filter().map(drop) } else { init_logging(&log) };
    set_up.map_err(|what| Failure::Boot(BootProblem::new("config/logging.rs", what).into()))?;
    set_process_application(app.clone());
    runtime.block_on(app.boot()).map_err(Failure::Boot)?;
    let of_providers = added(&app);
    note(names, &of_providers)?;
    commands.extend(of_providers);
    Ok((runtime, app))
}

/// Runs a command of the application or of a provider, then shuts the providers down.
fn run_own(
    commands: &[BoxCommand],
    matches: &clap::ArgMatches,
    runtime: Runtime,
    app: &Application,
    out: &Output,
) -> Result<(), Failure> {
    let Some((name, arguments)) = matches.subcommand() else { return Ok(()) };
    let Some(command) = commands.iter().find(|command| command.name() == name) else {
        return Err(Failure::refused(format!("there is no command `{name}`")));
    };
    let done = runtime.block_on(async {
        let done = with_application(app.clone(), command.run(arguments, out, app)).await;
        app.shutdown().await;
        done
    });
    end(runtime);
    Ok(done?)
}

/// Ends the runtime. A blocking task that does not end is not waited for for ever.
fn end(runtime: Runtime) {
    runtime.shutdown_timeout(Duration::from_secs(5));
}

#[cfg(test)]
mod tests;
