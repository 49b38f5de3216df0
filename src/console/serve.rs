//! `serve`.

use std::io::Write;

use super::Output;
use super::run::Failure;
use crate::foundation::{AppConfig, Application, LogConfig, init_logging};
use crate::server::{ServerConfig, bind, serve, stop_signal};

/// What `serve` takes.
#[derive(clap::Args, Default)]
pub(super) struct ServeArgs {
    /// The address to listen on [default: SERVER_HOST, 127.0.0.1]
    #[arg(long)]
    host: Option<String>,
    /// The port to listen on; 0 takes a free one [default: SERVER_PORT, 8000]
    #[arg(long)]
    port: Option<u16>,
    /// How many of the next ports are tried when the port is taken [default: 10]
    #[arg(long)]
    tries: Option<u16>,
}

pub(super) async fn handle(args: ServeArgs, app: Application, out: &Output) -> Result<(), Failure> {
    let log = app.try_config::<LogConfig>().unwrap_or_default();
    init_logging(&log)
        .map_err(|problem| Failure::Message(format!("config/logging.rs: {problem}")))?;
    let mut config = ServerConfig::clone(&app.try_config::<ServerConfig>().unwrap_or_default());
    if let Some(host) = args.host {
        config.host = host;
    }
    if let Some(port) = args.port {
        config.port = port;
    }
    let listener = bind(&config, args.tries.unwrap_or(10)).await.map_err(|error| {
        Failure::Message(format!("cannot listen on {error}; choose another with --host and --port"))
    })?;
    let address = listener.local_addr()?;
    // Before the banner: whoever reads it may tell the process to stop at once.
    let stop = stop_signal();
    banner(&app, address, out);
    serve(app, listener, &config, stop).await;
    Ok(())
}

fn banner(app: &Application, address: std::net::SocketAddr, out: &Output) {
    let settings = app.try_config::<AppConfig>().unwrap_or_default();
    let driver = app.config_value("session.driver");
    out.line("");
    out.line(format_args!(
        "  {} {}",
        out.bold(&settings.name),
        out.dim(&format!("lunox {}", crate::VERSION))
    ));
    out.line(format_args!("  {}", out.cyan(&format!("http://{address}"))));
    out.line(out.dim(&format!(
        "  {}, sessions: {}; press Ctrl+C to stop",
        settings.environment,
        driver.as_str().unwrap_or("none")
    )));
    out.line("");
    // Whoever started the process reads the address from here.
    let _ = std::io::stdout().flush();
}
