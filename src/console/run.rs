//! From the arguments of the process to a command.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use super::command::{BoxCommand, added};
use super::{Output, about, config_show, key_generate, make, route_list, serve, session_list};
use crate::error::Error;
use crate::foundation::{
    Application, ApplicationBuilder, set_process_application, with_application,
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

#[derive(Parser)]
#[command(version = crate::VERSION, about = "Serves the application, or runs one of its commands", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<BuiltIn>,
}

#[derive(Subcommand)]
enum BuiltIn {
    /// Serve the application (also without a command)
    Serve(serve::ServeArgs),
    /// Show what this application is and runs on
    About(about::AboutArgs),
    /// Show the configuration, or one value of it
    #[command(name = "config:show")]
    ConfigShow(config_show::ConfigShowArgs),
    /// Make an APP_KEY and put it into .env
    #[command(name = "key:generate")]
    KeyGenerate(key_generate::KeyGenerateArgs),
    /// List the routes
    #[command(name = "route:list")]
    RouteList(route_list::RouteListArgs),
    /// List the living sessions, without their values
    #[command(name = "session:list")]
    SessionList(session_list::SessionListArgs),
    /// Make a command
    #[command(name = "make:command")]
    MakeCommand(make::MakeArgs),
    /// Make a controller
    #[command(name = "make:controller")]
    MakeController(make::ControllerArgs),
    /// Make a middleware
    #[command(name = "make:middleware")]
    MakeMiddleware(make::MakeArgs),
    /// Make a service provider
    #[command(name = "make:provider")]
    MakeProvider(make::MakeArgs),
}

/// Why a command ended badly.
pub(super) enum Failure {
    /// To be printed as it is, over several lines if need be.
    Message(String),
    /// With its causes.
    Error(Error),
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

impl Console {
    /// A console for the application.
    pub fn new(builder: ApplicationBuilder) -> Self {
        Self { builder, commands: Vec::new() }
    }

    /// Adds the application's own commands.
    #[must_use]
    pub fn commands(mut self, commands: Vec<BoxCommand>) -> Self {
        self.commands.extend(commands);
        self
    }

    /// Runs what the process's arguments say.
    pub fn run(self) -> ExitCode {
        self.run_with(std::env::args_os())
    }

    /// Runs what these arguments say; the first is the name of the program.
    pub fn run_with(self, arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
        let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => {
                eprintln!("the runtime cannot start: {error}");
                return ExitCode::FAILURE;
            }
        };
        let out = Output::stdout();
        let arguments: Vec<OsString> = arguments.into_iter().collect();
        match runtime.block_on(self.dispatch(&arguments, &out)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(Failure::Message(text)) => {
                out.error(text);
                ExitCode::FAILURE
            }
            Err(Failure::Error(error)) => {
                out.error(format_args!("{error:?}"));
                ExitCode::FAILURE
            }
        }
    }

    async fn dispatch(self, arguments: &[OsString], out: &Output) -> Result<(), Failure> {
        let Self { builder, commands } = self;
        let described = describe(Arguments::command(), &commands);
        let wanted = arguments.get(1).and_then(|argument| argument.to_str()).unwrap_or_default();
        let known = wanted.starts_with('-')
            || wanted.is_empty()
            || described.get_subcommands().any(|command| command.get_name() == wanted);
        // Commands of providers are known once the application has booted; help lists them if it can.
        if !known || matches!(wanted, "-h" | "--help") {
            let app = match boot(builder).await {
                Ok(app) => app,
                Err(_) if known => {
                    described.get_matches_from(arguments);
                    return Ok(());
                }
                Err(failure) => return Err(failure),
            };
            let all: Vec<BoxCommand> = commands.into_iter().chain(added(&app)).collect();
            let matches = describe(Arguments::command(), &all).get_matches_from(arguments);
            return run_own(&all, &matches, out, app).await;
        }
        let matches = described.get_matches_from(arguments);
        match matches.subcommand_name() {
            Some(name) if Arguments::command().find_subcommand(name).is_none() => {
                run_own(&commands, &matches, out, boot(builder).await?).await
            }
            _ => {
                let built_in = Arguments::from_arg_matches(&matches).map_err(Error::from)?;
                let command =
                    built_in.command.unwrap_or(BuiltIn::Serve(serve::ServeArgs::default()));
                run_built_in(command, builder, out).await
            }
        }
    }
}

fn describe(mut parser: clap::Command, commands: &[BoxCommand]) -> clap::Command {
    for command in commands {
        parser = parser.subcommand(command.describe());
    }
    parser
}

async fn boot(builder: ApplicationBuilder) -> Result<Application, Failure> {
    let app = builder.boot().await.map_err(|error| Failure::Message(error.to_string()))?;
    set_process_application(app.clone());
    Ok(app)
}

fn load(builder: ApplicationBuilder) -> Result<Application, Failure> {
    builder.load().map_err(|error| Failure::Message(error.to_string()))
}

async fn run_own(
    commands: &[BoxCommand],
    matches: &ArgMatches,
    out: &Output,
    app: Application,
) -> Result<(), Failure> {
    let Some((name, matches)) = matches.subcommand() else { return Ok(()) };
    let command = commands.iter().find(|command| command.describe().get_name() == name);
    let Some(command) = command else {
        return Err(Failure::Message(format!("there is no command `{name}`")));
    };
    let result = with_application(app.clone(), command.run(matches, out, &app)).await;
    app.shutdown().await;
    Ok(result?)
}

async fn run_built_in(
    command: BuiltIn,
    builder: ApplicationBuilder,
    out: &Output,
) -> Result<(), Failure> {
    match command {
        BuiltIn::Serve(args) => serve::handle(args, boot(builder).await?, out).await,
        BuiltIn::RouteList(args) => route_list::handle(&args, &boot(builder).await?, out),
        BuiltIn::SessionList(args) => session_list::handle(&args, &boot(builder).await?, out).await,
        BuiltIn::About(args) => about::handle(&args, &load(builder)?, out),
        BuiltIn::ConfigShow(args) => config_show::handle(&args, &load(builder)?, out),
        BuiltIn::KeyGenerate(args) => key_generate::handle(&args, builder.base(), out),
        BuiltIn::MakeCommand(args) => make::command(&args, builder.base(), out),
        BuiltIn::MakeController(args) => make::controller(&args, builder.base(), out),
        BuiltIn::MakeMiddleware(args) => make::middleware(&args, builder.base(), out),
        BuiltIn::MakeProvider(args) => make::provider(&args, builder.base(), out),
    }
}
