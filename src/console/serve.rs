//! `serve`: answers requests.

use std::net::SocketAddr;

use clap::Args;

use super::Output;
use super::failure::Failure;
use crate::foundation::{AppConfig, Application, HttpConfig};
use crate::server::{self, ServerConfig};
use crate::support::nearest;

#[derive(Args)]
pub(super) struct ServeArgs {
    /// The address to listen on, in place of SERVER_HOST
    #[arg(long, value_name = "ADDRESS")]
    host: Option<String>,
    /// The port to listen on, in place of SERVER_PORT; 0 takes any that is free
    #[arg(long)]
    port: Option<u16>,
    /// How many of the next ports are tried when the port is taken; none in production
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    tries: u16,
}

pub(super) async fn handle(app: Application, args: ServeArgs, out: &Output) -> Result<(), Failure> {
    let mut config = (*app.try_config::<ServerConfig>().unwrap_or_default()).clone();
    // In production a proxy knows the port: another one would look like a server that runs.
    let tries = if app.is_production() { 0 } else { args.tries };
    config.port = args.port.unwrap_or(config.port);
    config.host = args.host.unwrap_or(config.host);
    if let Some(problem) = config.problem() {
        return Err(Failure::refused(problem));
    }
    let listener = server::bind(&config, tries).await.map_err(|error| taken(&error, &config))?;
    let address = listener.local_addr()?;
    // Before the banner: whoever reads it may tell the process to stop at once.
    let stop = server::stop_signal_then(|| {
        tracing::warn!("stopped at once, with requests in flight");
        // The exit status that shells use for a program ended by SIGINT: 128 and its number.
        std::process::exit(130);
    });
    banner(&app, address, &config, out);
    for hint in hints(&app) {
        tracing::warn!("{hint}");
    }
    server::serve(app, listener, &config, stop).await;
    Ok(())
}

fn taken(error: &std::io::Error, config: &ServerConfig) -> Failure {
    let cure = match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            "; stop what listens there, or choose another port with --port or SERVER_PORT"
        }
        std::io::ErrorKind::PermissionDenied if config.port < 1024 => {
            "; ports below 1024 need privileges: choose another with --port or SERVER_PORT"
        }
        _ => "; choose an address of this machine with --host or SERVER_HOST",
    };
    Failure::refused(format!("cannot listen on {error}{cure}"))
}

fn banner(app: &Application, address: SocketAddr, config: &ServerConfig, out: &Output) {
    let style = out.style();
    let settings = app.try_config::<AppConfig>().unwrap_or_default();
    let driver = app.config_value("session.driver");
    let driver = driver.as_str().unwrap_or("none");
    let version = style.dim(&format!("lunox {}", crate::VERSION));
    out.line(format_args!("\n  {} {version}", style.strong(&settings.name)));
    // Whoever started the process reads the address from this line.
    out.line(format_args!("  {}", style.command(&format!("http://{address}"))));
    if config.port != 0 && address.port() != config.port {
        out.line(style.dim(&format!("  port {} was taken", config.port)));
    }
    let environment = &settings.environment;
    let hint = format!("  {environment}, sessions: {driver}; press Ctrl+C to stop\n");
    out.line(style.dim(&hint));
}

/// What is allowed, and still hardly meant.
fn hints(app: &Application) -> Vec<String> {
    let mut hints = Vec::new();
    let sections: Vec<&str> = app.config_repository().sections().collect();
    for name in ["http", "logging", "server"] {
        if !sections.contains(&name) {
            hints.push(format!(
                "config/mod.rs has no section `{name}`, so its defaults are in effect: add .with(\"{name}\", {name}::config(env))"
            ));
        }
    }
    let health = app.try_config::<HttpConfig>().is_some_and(|http| http.health.is_some());
    if app.kernel().routes().listing().len() <= usize::from(health) {
        hints.push(
            "there are no routes, so every page is a 404: add RouteServiceProvider to the providers in config/app.rs"
                .to_owned(),
        );
    }
    if app.is_local() {
        let asked = app.env().asked();
        for (name, origin) in app.env().unasked() {
            if let Some(meant) = nearest(&name, asked.iter().map(String::as_str)) {
                hints.push(format!("{origin}: nobody reads {name}; did you mean {meant}?"));
            }
        }
    }
    hints
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::*;

    #[test]
    fn a_port_that_cannot_be_had_is_told_with_a_cure() {
        let told = |kind: ErrorKind, port| {
            let config = ServerConfig { port, ..ServerConfig::default() };
            match taken(&Error::new(kind, "127.0.0.1:1: no"), &config) {
                Failure::Message(why) => why,
                _ => panic!("it is a refusal"),
            }
        };
        assert!(told(ErrorKind::AddrInUse, 8000).contains("stop what listens there"));
        assert!(told(ErrorKind::PermissionDenied, 80).contains("below 1024"));
        assert!(told(ErrorKind::AddrNotAvailable, 80).contains("--host"));
    }
}
