//! The command line: the framework's own commands and what they take.

use std::ffi::{OsStr, OsString};

use clap::{CommandFactory, Parser, Subcommand};

use super::about::AboutArgs;
use super::command::BoxCommand;
use super::config_show::ConfigShowArgs;
use super::key_generate::KeyGenerateArgs;
use super::maintenance::DownArgs;
#[cfg(feature = "database")]
use super::make::MigrationArgs;
use super::make::{AuthArgs, ControllerArgs, NameArgs};
#[cfg(feature = "database")]
use super::migrate::MigrateCommand;
use super::route_list::RouteListArgs;
use super::serve::ServeArgs;
use super::session::SessionCommand;

#[derive(Parser)]
#[command(version = crate::VERSION, disable_help_subcommand = true)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: BuiltIn,
}

#[derive(Subcommand)]
pub(super) enum BuiltIn {
    /// Answers requests until it is stopped; what runs without a command
    Serve(ServeArgs),
    /// Says where and with which drivers the application runs
    About(AboutArgs),
    /// Answers all requests with 503 until `up`
    Down(DownArgs),
    /// Answers requests again after `down`
    Up,
    /// Lists all commands
    List,
    /// Prints options of the configuration
    #[command(name = "config:show")]
    ConfigShow(ConfigShowArgs),
    /// Makes an APP_KEY and writes it to .env
    #[command(name = "key:generate")]
    KeyGenerate(KeyGenerateArgs),
    /// Writes accounts: register, log in and out, remember me, forgotten passwords
    #[command(name = "make:auth")]
    MakeAuth(AuthArgs),
    /// Writes a command and adds it to app/console/mod.rs
    #[command(name = "make:command")]
    MakeCommand(NameArgs),
    /// Writes a controller
    #[command(name = "make:controller")]
    MakeController(ControllerArgs),
    /// Writes a middleware and names it in app/http/kernel.rs
    #[command(name = "make:middleware")]
    MakeMiddleware(NameArgs),
    /// Writes a provider and adds it to config/app.rs
    #[command(name = "make:provider")]
    MakeProvider(NameArgs),
    /// Writes a form that is validated
    #[cfg(feature = "validation")]
    #[command(name = "make:request")]
    MakeRequest(NameArgs),
    /// Writes the two scripts of a migration
    #[cfg(feature = "database")]
    #[command(name = "make:migration")]
    MakeMigration(MigrationArgs),
    /// Writes the migration that makes the tables of sessions
    #[cfg(feature = "database")]
    #[command(name = "make:session-table")]
    MakeSessionTable,
    #[cfg(feature = "database")]
    #[command(flatten)]
    Migrate(MigrateCommand),
    /// Lists the routes
    #[command(name = "route:list")]
    RouteList(RouteListArgs),
    #[command(flatten)]
    Session(SessionCommand),
    /// Makes public/storage a link to storage/app/public
    #[command(name = "storage:link")]
    StorageLink,
}

/// The framework's commands and these.
pub(super) fn parser(commands: &[BoxCommand]) -> clap::Command {
    let parser = Cli::command().bin_name(program());
    commands.iter().fold(parser, |parser, entry| parser.subcommand(entry.describe()))
}

/// The names of the framework's commands.
pub(super) fn built_in_names() -> Vec<String> {
    Cli::command().get_subcommands().map(|command| command.get_name().to_owned()).collect()
}

/// How the user calls this program.
pub(super) fn program() -> String {
    // Cargo sets it for what it runs.
    if std::env::var_os("CARGO").is_some() {
        return "cargo artisan".to_owned();
    }
    let program = std::env::args_os().next().unwrap_or_default();
    let file = std::path::Path::new(&program).file_name().unwrap_or(OsStr::new("artisan"));
    file.to_string_lossy().into_owned()
}

/// What the arguments ask for, before clap reads them: clap has to know all commands first, and to know
/// those of the providers the application has to boot.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The list of all commands.
    List,
    /// A command, known or not.
    Command(String),
    /// Something that clap answers alone: `--version`.
    Flag,
}

/// Reads the first arguments. Without a command it is `serve`, whose options may follow at once.
pub(super) fn wanted(args: &mut Vec<OsString>) -> Wanted {
    let word = |args: &[OsString], index: usize| {
        args.get(index).map(|word| word.to_string_lossy().into_owned())
    };
    let first = word(args, 1);
    match first.as_deref() {
        Some("help") => match word(args, 2) {
            Some(command) if !command.starts_with('-') => {
                args.truncate(3);
                args.swap(1, 2);
                args[2] = "--help".into();
                Wanted::Command(command)
            }
            _ => Wanted::List,
        },
        Some("list" | "-h" | "--help") => Wanted::List,
        Some("-V" | "--version") => Wanted::Flag,
        Some(option) if option.starts_with('-') => serve(args),
        Some(command) => Wanted::Command(command.to_owned()),
        None => serve(args),
    }
}

fn serve(args: &mut Vec<OsString>) -> Wanted {
    args.insert(args.len().min(1), "serve".into());
    Wanted::Command("serve".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> (Wanted, String) {
        let mut args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let wanted = wanted(&mut args);
        (wanted, args.join(OsStr::new(" ")).into_string().expect("Unicode"))
    }

    #[test]
    fn without_a_command_it_serves() {
        let serve = || Wanted::Command("serve".to_owned());
        assert_eq!(read("app"), (serve(), "app serve".to_owned()));
        assert_eq!(read("app --port 0"), (serve(), "app serve --port 0".to_owned()));
    }

    #[test]
    fn help_can_be_asked_for_in_three_ways() {
        for line in ["app help", "app --help", "app list", "app -h"] {
            assert_eq!(read(line).0, Wanted::List, "{line}");
        }
        let about = Wanted::Command("about".to_owned());
        assert_eq!(read("app help about"), (about, "app about --help".to_owned()));
        assert_eq!(read("app --version").0, Wanted::Flag);
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
