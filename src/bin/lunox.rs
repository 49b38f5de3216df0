//! The installer: `lunox new blog`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use lunox::installer::Database;
use lunox::installer::skeleton::{self, NewProject};

#[derive(Parser)]
#[command(version, about = "Makes lunox applications")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a new application
    New {
        /// Its name, which is also that of its folder and its crate
        name: String,
        /// The folder to make it in
        #[arg(long, default_value = ".")]
        path: PathBuf,
        /// The folder of lunox's sources to build on, in place of the published crate
        #[arg(long)]
        lunox: Option<PathBuf>,
        /// The database that it uses; none without this
        #[arg(long, value_enum)]
        database: Option<Database>,
        /// With accounts: register, log in and out, remember me, forgotten passwords; in SQLite unless a database is named
        #[arg(long)]
        auth: bool,
        /// Make it a git repository
        #[arg(long)]
        git: bool,
    },
}

fn main() -> ExitCode {
    let Command::New { name, path, lunox, database, auth, git } = Arguments::parse().command;
    let project = NewProject {
        name: &name,
        folder: &path.join(&name),
        lunox: lunox.or_else(own_sources),
        database,
        accounts: auth,
    };
    let shown = path.strip_prefix(".").unwrap_or(&path).join(&name);
    match skeleton::create(&project) {
        Ok(count) => {
            if git && !init(project.folder) {
                eprintln!("  git init failed; the project itself is complete");
            }
            println!(
                "  made {} ({count} files)\n\n    cd {}\n    cargo artisan serve\n",
                name,
                shown.display()
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("  {error}");
            ExitCode::FAILURE
        }
    }
}

fn init(folder: &Path) -> bool {
    let mut git = std::process::Command::new("git");
    git.args(["init", "--quiet"]).current_dir(folder);
    git.status().is_ok_and(|status| status.success())
}

/// The sources that this program was built from, if they are still there and are a working copy: what cargo
/// unpacked into its registry is the published crate, and named by its version.
fn own_sources() -> Option<PathBuf> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR"));
    let published = sources.components().any(|part| part.as_os_str() == "registry");
    // The folder may hold another version by now.
    let manifest = std::fs::read_to_string(sources.join("Cargo.toml")).ok()?;
    let is_ours = manifest.contains(&format!("version = \"{}\"", lunox::VERSION));
    (!published && is_ours).then(|| sources.to_owned())
}
