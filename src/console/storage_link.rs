//! `storage:link`: makes stored files public.

use std::fs;
use std::path::{Path, PathBuf};

use super::Output;
use super::failure::Failure;
use crate::foundation::{Application, HttpConfig};

pub(super) fn handle(app: &Application, out: &Output) -> Result<(), Failure> {
    let Some(public) = app.try_config::<HttpConfig>().and_then(|http| http.public.clone()) else {
        return Err(Failure::refused(
            "config/http.rs names no folder for public files; set `public: Some(base_path(\"public\"))`",
        ));
    };
    link(&public.join("storage"), &app.storage_path("app/public"), out)
}

/// Makes a link at `from` that leads to the folder `to`.
fn link(from: &Path, to: &Path, out: &Output) -> Result<(), Failure> {
    let parent = from.parent().unwrap_or(from);
    fs::create_dir_all(to)?;
    fs::create_dir_all(parent)?;
    if from.symlink_metadata().is_ok() {
        if from.is_symlink() && from.canonicalize().ok() == to.canonicalize().ok() {
            out.line(format_args!("  {} leads to {} already", from.display(), to.display()));
            return Ok(());
        }
        return Err(Failure::refused(format!(
            "{} is there already and leads elsewhere; remove it and run this again",
            from.display()
        )));
    }
    symlink(&target(parent, to), from)?;
    out.success(format_args!("{} leads to {}", from.display(), to.display()));
    Ok(())
}

/// The folder as the link names it: relative where both have the same parent, so that the project can be moved.
fn target(parent: &Path, to: &Path) -> PathBuf {
    match parent.parent().and_then(|base| to.strip_prefix(base).ok()) {
        Some(below) => Path::new("..").join(below),
        None => to.to_owned(),
    }
}

#[cfg(unix)]
fn symlink(to: &Path, from: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(to, from)
}

#[cfg(windows)]
fn symlink(to: &Path, from: &Path) -> std::io::Result<()> {
    std::os::windows::fs::symlink_dir(to, from)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_link_is_relative_and_made_once() {
        let base = tempfile::tempdir().expect("a folder");
        let (from, to) =
            (base.path().join("public/storage"), base.path().join("storage/app/public"));
        for _ in 0..2 {
            assert!(link(&from, &to, &Output::captured()).is_ok());
        }
        assert_eq!(fs::read_link(&from).expect("a link"), Path::new("../storage/app/public"));
        fs::write(to.join("a.txt"), "a").expect("writes");
        assert_eq!(fs::read_to_string(from.join("a.txt")).expect("reads"), "a");
    }

    #[test]
    fn a_storage_folder_elsewhere_is_named_in_full() {
        let (base, elsewhere) =
            (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let from = base.path().join("public/storage");
        assert!(link(&from, elsewhere.path(), &Output::captured()).is_ok());
        assert_eq!(fs::read_link(&from).expect("a link"), elsewhere.path());
    }

    #[test]
    fn what_is_there_already_is_left_alone() {
        let base = tempfile::tempdir().expect("a folder");
        let (from, to) =
            (base.path().join("public/storage"), base.path().join("storage/app/public"));
        fs::create_dir_all(&from).expect("a folder");
        assert!(link(&from, &to, &Output::captured()).is_err());
        fs::remove_dir(&from).expect("removes");
        std::os::unix::fs::symlink("nowhere", &from).expect("links");
        assert!(link(&from, &to, &Output::captured()).is_err());
        assert_eq!(fs::read_link(&from).expect("a link"), Path::new("nowhere"));
    }
}
