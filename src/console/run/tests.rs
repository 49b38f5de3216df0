use crate::config::{Config, Env};
use crate::console::{Command, command};
use crate::error::Error;
use crate::foundation::{AppConfig, ServiceProvider};
use crate::http::Result;
use crate::providers;

use super::*;

struct Greet;

#[derive(clap::Args)]
struct GreetArgs {
    name: String,
}

impl Command for Greet {
    type Args = GreetArgs;
    const NAME: &'static str = "greet";
    const ABOUT: &'static str = "Greets somebody";

    async fn handle(&self, args: GreetArgs, out: &Output, _app: &Application) -> Result<()> {
        if args.name == "nobody" {
            return Err(Error::new(500, "nobody is there"));
        }
        out.line(format_args!("hello {} in {}", args.name, crate::app().environment()));
        Ok(())
    }
}

struct Import;

impl Command for Import {
    type Args = ();
    const NAME: &'static str = "photos:import";
    const ABOUT: &'static str = "Imports photos";

    async fn handle(&self, (): (), out: &Output, _app: &Application) -> Result<()> {
        out.line("imported");
        Ok(())
    }
}

struct PhotoServiceProvider;

impl ServiceProvider for PhotoServiceProvider {
    async fn boot(&self, app: &Application) -> Result<()> {
        if app.env().string("FAIL", "no") == "yes" {
            return Err(Error::new(500, "no photos"));
        }
        app.command(Import);
        app.router().get("/photos", async || "photos").name("photos");
        Ok(())
    }

    async fn shutdown(&self, app: &Application) -> Result<()> {
        assert!(app.environment().is_testing());
        Ok(())
    }
}

fn config(env: &Env) -> Config {
    let providers = providers![PhotoServiceProvider];
    Config::new().with(
        "app",
        AppConfig { environment: env.environment(), providers, ..AppConfig::default() },
    )
}

/// Whether it went well, and what it said.
fn artisan(line: &str, commands: Vec<BoxCommand>, fail: &str) -> (bool, String) {
    let env = Env::from_pairs([("APP_ENV", "testing"), ("FAIL", fail)]);
    let folder = tempfile::tempdir().expect("a folder");
    let builder = Application::configure(folder.path(), config).env(env);
    let out = Output::captured();
    let arguments = ["app"].into_iter().chain(line.split(' '));
    let code = Console::new(builder).commands(commands).run_with(arguments, &out);
    (code == ExitCode::SUCCESS, out.text())
}

#[test]
fn commands_of_the_application_and_of_its_providers_run_on_the_booted_application() {
    let said = artisan("greet Ada", vec![command(Greet)], "no");
    assert_eq!(said, (true, "hello Ada in testing\n".to_owned()));
    assert_eq!(artisan("photos:import", Vec::new(), "no"), (true, "imported\n".to_owned()));
    assert!(artisan("route:list --path photos", Vec::new(), "no").1.contains("Showing [1] route"));
}

#[test]
fn an_error_of_a_command_is_its_message_and_a_bad_code() {
    let said = artisan("greet nobody", vec![command(Greet)], "no");
    assert_eq!(said, (false, "  ERROR  nobody is there\n".to_owned()));
    assert!(!artisan("greet", vec![command(Greet)], "no").0, "an argument is missing");
    assert!(!artisan("greet Ada", Vec::new(), "no").0, "nobody knows the command");
}

#[test]
fn the_list_has_the_commands_of_all() {
    let (ok, list) = artisan("list", vec![command(Greet)], "no");
    assert!(ok);
    for text in ["serve ", "\n photos\n", "photos:import", "Imports photos", "Greets somebody"] {
        assert!(list.contains(text), "{text} in {list}");
    }
}

#[test]
fn the_list_helps_when_the_application_does_not_start() {
    let (ok, list) = artisan("--help", Vec::new(), "yes");
    assert!(ok && list.contains("cannot start: 1 problem") && list.contains("no photos"), "{list}");
    assert!(list.contains("key:generate") && list.contains("are missing from this list"), "{list}");
}

#[test]
fn a_name_that_is_taken_is_a_boot_error_at_the_line_that_takes_it() {
    let (ok, said) = artisan("about", vec![command(Greet), command(Greet)], "no");
    assert!(!ok && said.contains("`greet` is there twice"), "{said}");
    assert!(said.contains("src/console/run/tests.rs:"), "{said}");
    let (ok, said) = artisan("route:list", vec![command(Import)], "no");
    assert!(!ok && said.contains("`photos:import` is there twice"), "{said}");
}
