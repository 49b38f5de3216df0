//! `key:generate`: writes an APP_KEY.

use std::path::Path;

use clap::Args;

use super::Output;
use super::failure::Failure;
use crate::config::{Env, Origin, set_in_dotenv};
use crate::foundation::AppKey;

#[derive(Args)]
pub(super) struct KeyGenerateArgs {
    /// Prints the line for .env and writes nothing
    #[arg(long)]
    show: bool,
    /// Replaces the key in production too, without asking
    #[arg(long)]
    force: bool,
}

pub(super) fn handle(base: &Path, args: &KeyGenerateArgs, out: &Output) -> Result<(), Failure> {
    let key = AppKey::generate()?.to_env();
    if args.show {
        out.line(format_args!("APP_KEY={key}"));
        return Ok(());
    }
    write(base, &Env::load(base), &key, args.force, out)
}

fn write(base: &Path, env: &Env, key: &str, force: bool, out: &Output) -> Result<(), Failure> {
    if env.origin("APP_KEY") == Some(&Origin::Process) {
        out.warn("APP_KEY is set in the environment, which stands above .env");
    }
    let file = base.join(".env");
    let replaces = env.optional("APP_KEY").is_some_and(|key| !key.is_empty());
    if replaces && env.environment().is_production() && !force {
        let lost = "This is production, and there is a key: what it sealed will not open any more.";
        if !out.confirm(&format!("{lost} Replace it?")) {
            return Err(Failure::refused(format!(
                "{lost} Nothing was changed; --force replaces it"
            )));
        }
    }
    // The example is a developer's: on a server it would turn debugging on.
    let is_developers = env.optional("APP_ENV").is_none_or(|name| name == "local");
    if is_developers && !file.exists() && base.join(".env.example").exists() {
        std::fs::copy(base.join(".env.example"), &file)?;
        out.line("  made .env from .env.example");
    }
    set_in_dotenv(&file, "APP_KEY", key)
        .map_err(|error| Failure::refused(format!("{}: {error}", file.display())))?;
    out.success("APP_KEY is written to .env");
    if replaces {
        out.line("  What the key before sealed opens again when APP_PREVIOUS_KEYS names that key.");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn folder(dotenv: Option<&str>) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(".env.example"), "APP_ENV=local\nAPP_KEY=\n").unwrap();
        if let Some(text) = dotenv {
            fs::write(folder.path().join(".env"), text).unwrap();
        }
        folder
    }

    fn generate(folder: &Path, env: &[(&str, &str)], force: bool) -> bool {
        let env = Env::from_pairs(env.iter().copied());
        write(folder, &env, "base64:abc=", force, &Output::captured()).is_ok()
    }

    #[test]
    fn a_missing_file_is_made_from_the_example() {
        let folder = folder(None);
        assert!(generate(folder.path(), &[("APP_ENV", "local")], false));
        let text = fs::read_to_string(folder.path().join(".env")).unwrap();
        assert_eq!(text, "APP_ENV=local\nAPP_KEY=base64:abc=\n");
    }

    #[test]
    fn the_key_of_production_is_replaced_by_force_alone() {
        let before = "APP_ENV=production\nAPP_KEY=old\n";
        let folder = folder(Some(before));
        let env = [("APP_ENV", "production"), ("APP_KEY", "old")];
        assert!(!generate(folder.path(), &env, false));
        assert_eq!(fs::read_to_string(folder.path().join(".env")).unwrap(), before);
        assert!(generate(folder.path(), &env, true));
        let after = fs::read_to_string(folder.path().join(".env")).unwrap();
        assert_eq!(after, "APP_ENV=production\nAPP_KEY=base64:abc=\n");
    }

    #[test]
    fn a_server_gets_a_file_with_the_key_alone() {
        let folder = folder(None);
        assert!(generate(folder.path(), &[("APP_ENV", "production")], false));
        let text = fs::read_to_string(folder.path().join(".env")).unwrap();
        assert_eq!(text, "APP_KEY=base64:abc=\n");
    }

    #[test]
    fn a_first_key_of_production_needs_no_force() {
        let folder = folder(Some("APP_KEY=\n"));
        assert!(generate(folder.path(), &[("APP_KEY", "")], false));
    }
}
