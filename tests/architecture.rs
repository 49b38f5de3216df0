//! The rules that the sources keep, checked on the sources.

use std::path::{Path, PathBuf};

/// From the bottom to the top: a folder may use those before it and its own.
const LAYERS: &[&[&str]] = &[
    &["support"],
    &["error"],
    &["container", "config"],
    &["encryption"],
    &["http"],
    &["routing"],
    &["cookie"],
    &["session"],
    &["csrf", "view"],
    &["foundation"],
    &["server"],
    &["console", "testing"],
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn layer(name: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&name))
}

/// The part of a file that is not its tests.
fn body(path: &Path) -> String {
    let text = std::fs::read_to_string(path).expect("a source file");
    text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned()
}

#[test]
fn dependencies_point_one_way() {
    let mut wrong = Vec::new();
    for path in rust_files(&root().join("src")) {
        let below = path.strip_prefix(root().join("src")).expect("below src");
        let folder = below.iter().next().and_then(|part| part.to_str()).unwrap_or_default();
        let Some(own) = layer(folder) else { continue };
        if below.to_string_lossy().contains("tests") {
            continue;
        }
        for (number, line) in body(&path).lines().enumerate() {
            let code = line.trim_start();
            if code.starts_with("//") {
                continue;
            }
            for used in code.split("crate::").skip(1) {
                let name: String =
                    used.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                if layer(&name).is_some_and(|other| other > own || (other == own && name != folder))
                {
                    wrong.push(format!("{}:{}: {folder} uses {name}", below.display(), number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "these point upwards:\n{}", wrong.join("\n"));
}

#[test]
fn every_folder_of_the_sources_has_its_layer() {
    for entry in std::fs::read_dir(root().join("src")).expect("the sources") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        assert!(!path.is_dir() || name == "bin" || layer(name).is_some(), "{name} has no layer");
    }
}

#[test]
fn a_token_is_no_uuid_and_cannot_show_itself() {
    let source = body(&root().join("src/session/token.rs"));
    let code: String = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    assert!(!code.contains("Uuid") && !code.contains("uuid"), "ASVS 5.0, 11.5.1");
    for forbidden in ["derive", "Debug", "Display", "Serialize", "PartialEq"] {
        assert!(!code.contains(forbidden), "a token has no {forbidden}");
    }
}

/// The crates that are built for a binary of these features, this one among them.
#[cfg(target_os = "linux")]
fn crates(features: &[&str]) -> std::collections::BTreeSet<String> {
    let mut tree = std::process::Command::new(env!("CARGO"));
    tree.args(["tree", "--locked", "--offline", "--edges", "normal", "--prefix", "none"]);
    let output = tree.args(features).current_dir(root()).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // `syn v2.0.119 (proc-macro) (*)`: two versions of a crate are two crates.
    let name = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    text.lines().filter(|line| !line.is_empty()).map(name).collect()
}

/// What a project waits for when it is built first, and has to trust. Elsewhere than on Linux it differs by a few.
#[test]
#[cfg(target_os = "linux")]
fn the_tree_of_crates_stays_small() {
    for (features, most) in [(["--no-default-features"].as_slice(), 75), (&[], 120)] {
        let crates = crates(features);
        assert!(crates.len() > 40, "the output of cargo is not read: {crates:?}");
        assert!(
            crates.len() <= most,
            "{} crates with {features:?}, {most} at most: {crates:#?}",
            crates.len()
        );
    }
}
