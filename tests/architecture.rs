//! The rules that the sources keep, checked on the sources.

use std::path::{Path, PathBuf};

/// From the bottom to the top: a folder may use those before it and its own.
const LAYERS: &[&[&str]] = &[
    &["support"],
    &["error"],
    &["encryption"],
    &["session", "container", "config", "installer"],
    &["http"],
    &["routing"],
    &["web"],
    &["throttle"],
    &["database"],
    &["validation", "auth"],
    &["view"],
    &["foundation"],
    &["server"],
    &["console", "testing"],
];

/// The same for the folders of `src/session`. The files beside them belong to none: the manager, its options, what it
/// reports.
const WINGS: &[&str] =
    &["record", "drivers", "request", "api", "commit", "backend", "ops", "exchange"];

/// What the engine may use of the crate, so that it stands without the framework.
const ENGINE: &[&str] = &["support", "error", "encryption", "session"];

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

/// Each use of the crate's own paths: the file below `src`, the number of the line, and the path behind `crate::`.
fn uses() -> Vec<(PathBuf, usize, String)> {
    let mut uses = Vec::new();
    for path in rust_files(&root().join("src")) {
        let below = path.strip_prefix(root().join("src")).expect("below src").to_owned();
        if below.to_string_lossy().contains("tests") {
            continue;
        }
        for (number, line) in body(&path).lines().enumerate() {
            let code = line.trim_start();
            if code.starts_with("//") {
                continue;
            }
            let path = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':');
            let used = code.split("crate::").skip(1).map(|used| used.chars().take_while(path));
            uses.extend(used.map(|used| (below.clone(), number + 1, used.collect())));
        }
    }
    uses
}

/// The part of a path below `src` with a number.
fn part(path: &Path, number: usize) -> &str {
    path.iter().nth(number).and_then(|part| part.to_str()).unwrap_or_default()
}

#[test]
fn dependencies_point_one_way() {
    let mut wrong = Vec::new();
    for (file, line, used) in uses() {
        let folder = part(&file, 0);
        let name = used.split("::").next().unwrap_or_default();
        if let (Some(own), Some(other)) = (layer(folder), layer(name))
            && (other > own || (other == own && name != folder))
        {
            wrong.push(format!("{}:{line}: {folder} uses {name}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "these point upwards:\n{}", wrong.join("\n"));
}

#[test]
fn the_parts_of_the_session_depend_one_way() {
    let wing = |name: &str| WINGS.iter().position(|wing| *wing == name);
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for (file, line, used) in uses() {
        let mut names = used.split("::");
        if part(&file, 0) != "session" || names.next() != Some("session") {
            continue;
        }
        let name = names.next().unwrap_or_default();
        if let (Some(own), Some(other)) = (wing(part(&file, 1)), wing(name)) {
            seen += 1;
            if other > own {
                wrong.push(format!("{}:{line}: {} uses {name}", file.display(), WINGS[own]));
            }
        }
    }
    assert!(seen > 50, "the sources are not read: {seen}");
    assert!(wrong.is_empty(), "these point upwards:\n{}", wrong.join("\n"));
}

#[test]
fn the_session_engine_does_not_know_the_framework() {
    let engine = |file: &Path| ENGINE.contains(&part(file, 0)) && file.iter().count() > 1;
    let wrong: Vec<String> = uses()
        .into_iter()
        .filter(|(file, _, used)| {
            let name = used.split("::").next().unwrap_or_default();
            engine(file) && layer(name).is_some() && !ENGINE.contains(&name)
        })
        .map(|(file, line, used)| format!("{}:{line}: {used}", file.display()))
        .collect();
    assert!(wrong.is_empty(), "the engine uses the framework:\n{}", wrong.join("\n"));
}

#[test]
fn beside_the_folders_of_the_session_are_only_the_files_that_belong_to_none() {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(root().join("src/session")).expect("the engine") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let known = WINGS.contains(&name.as_str()) || name == "tests";
        assert!(!path.is_dir() || known, "{name} has no place in the order");
        if path.is_file() {
            files.push(name);
        }
    }
    files.sort();
    assert_eq!(
        files,
        [
            "any_bytes.rs",
            "axum.rs",
            "config.rs",
            "events.rs",
            "layer.rs",
            "manager.rs",
            "metrics.rs",
            "mod.rs",
        ]
    );
}

#[test]
fn the_session_manager_stays_small_and_in_one_file() {
    let files = rust_files(&root().join("src"));
    let manages = |path: &PathBuf| body(path).lines().any(|line| line == "impl SessionManager {");
    let files: Vec<PathBuf> = files.into_iter().filter(manages).collect();
    assert_eq!(files, [root().join("src/session/manager.rs")]);
    let text = body(&files[0]);
    let (_, code) = text.split_once("\nimpl SessionManager {\n").expect("its methods");
    let (code, _) = code.split_once("\n}\n").expect("their end");
    let is_method =
        |line: &&str| line.starts_with("    ") && line.contains("fn ") && !line.contains("//");
    let methods = code.lines().filter(is_method).filter(|line| !line.starts_with("     ")).count();
    assert!((10..20).contains(&methods), "{methods} methods");
}

#[test]
fn what_the_commit_path_relies_on_is_in_its_types() {
    for part in ["commit", "backend", "request", "manager.rs"] {
        let path = root().join("src/session").join(part);
        let files = if path.is_dir() { rust_files(&path) } else { vec![path] };
        for file in files.into_iter().filter(|file| !file.ends_with("tests.rs")) {
            let text = body(&file);
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            let expects =
                code.filter(|line| line.contains(".expect(") || line.contains("unwrap()"));
            assert_eq!(expects.collect::<Vec<_>>(), Vec::<&str>::new(), "{}", file.display());
        }
    }
}

#[test]
fn no_two_types_of_the_session_have_one_name() {
    let mut seen = std::collections::BTreeMap::<String, Vec<String>>::new();
    for file in rust_files(&root().join("src/session")) {
        if file.to_string_lossy().contains("tests") {
            continue;
        }
        for line in body(&file).lines() {
            // `pub(crate) struct Name`: types of a function or of a module within a file begin further right.
            let mut words = line.split(' ').skip_while(|word| word.starts_with("pub"));
            let (kind, name) = (words.next(), words.next().unwrap_or_default());
            if matches!(kind, Some("struct" | "enum" | "trait" | "type")) {
                let name = name.chars().take_while(char::is_ascii_alphanumeric).collect();
                seen.entry(name).or_default().push(file.display().to_string());
            }
        }
    }
    assert!(seen.len() > 80, "the sources are not read: {}", seen.len());
    seen.retain(|_, files| files.len() > 1);
    assert!(seen.is_empty(), "one name for two things: {seen:#?}");
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
    let source = body(&root().join("src/session/record/token.rs"));
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
    let most = [
        ("session", 48),
        ("axum", 52),
        ("redis", 110),
        ("framework", 80),
        ("installer", 30),
        ("auth", 86),
        ("throttle", 80),
        ("validation", 91),
        ("sqlite", 155),
        ("postgres", 165),
        ("mysql", 150),
        ("default", 125),
    ];
    for (feature, most) in most {
        let features = ["--no-default-features", "--features", feature];
        let crates = crates(&features);
        assert!(crates.len() > 15, "the output of cargo is not read: {crates:?}");
        assert!(
            crates.len() <= most,
            "{} crates with {features:?}, {most} at most: {crates:#?}",
            crates.len()
        );
    }
}

/// A requirement without a test, or a test that was renamed, is a claim that nothing backs.
#[test]
fn the_tests_that_the_security_page_names_exist() {
    let sources = [rust_files(&root().join("src")), rust_files(&root().join("tests"))].concat();
    let text = |path: &PathBuf| std::fs::read_to_string(path).expect("a source file");
    let text: String = sources.iter().map(text).collect();
    let functions: Vec<&str> = text
        .split("fn ")
        .skip(1)
        .filter_map(|rest| rest.split(|c: char| c != '_' && !c.is_ascii_alphanumeric()).next())
        .collect();
    let exists = |name: &str| match (name.strip_prefix('…'), name.strip_suffix('…')) {
        (Some(end), _) => functions.iter().any(|function| function.ends_with(end)),
        (_, Some(beginning)) => functions.iter().any(|function| function.starts_with(beginning)),
        _ if name.contains('/') => root().join(name).exists(),
        _ => functions.contains(&name),
    };
    let page = std::fs::read_to_string(root().join("docs/security.md")).expect("the page");
    let (mut numbers, mut proves) = (std::collections::BTreeSet::new(), false);
    for line in page.lines() {
        let columns: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, first, .., proof, ""] = columns[..] else {
            proves = false;
            continue;
        };
        if !proves || first.starts_with("---") {
            proves |= proof == "proved by";
            continue;
        }
        let named: Vec<&str> = proof.split('`').skip(1).step_by(2).collect();
        assert!(
            !named.is_empty() || proof.contains("the same") || proof.contains("first of these"),
            "{line}"
        );
        for name in named {
            assert!(exists(name), "no test is called `{name}`: {line}");
        }
        numbers.insert(first.to_owned());
    }
    let of = |letter: char, last: usize| (1..=last).map(move |number| format!("{letter}{number}"));
    let missing: Vec<String> = of('S', 23)
        .chain(of('C', 24))
        .chain(of('E', 20))
        .filter(|n| !numbers.contains(n))
        .collect();
    assert!(missing.is_empty(), "{missing:?} are not on the page");
}

#[test]
fn secrets_are_compared_in_constant_time() {
    let code = |path: &str| body(&root().join("src").join(path));
    assert!(code("encryption/signer.rs").contains("verify_slice"), "of the crate hmac");
    assert!(code("session/record/csrf_token.rs").contains(".ct_eq("), "of the crate ctutils");
    // Whatever has `==` would be compared with it.
    for path in ["session/record/csrf_token.rs", "session/record/token.rs"] {
        for line in code(path).lines().filter(|line| line.trim_start().starts_with("#[derive(")) {
            assert!(!line.contains("PartialEq"), "{path}: {line}");
        }
    }
}

/// Each crate of the tree may be used and passed on under a licence that asks for no more than its notice.
#[test]
#[cfg(target_os = "linux")]
fn every_crate_has_a_licence_that_asks_for_its_notice_alone() {
    const ACCEPTED: [&str; 8] = [
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BSL-1.0",
        "ISC",
        "MIT",
        "Unicode-3.0",
        "Zlib",
    ];
    let mut tree = std::process::Command::new(env!("CARGO"));
    tree.args(["tree", "--locked", "--offline", "--all-features", "--edges", "normal"]);
    tree.args(["--prefix", "none", "--no-dedupe", "--format", "{p}|{l}"]);
    let output = tree.current_dir(root()).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines: std::collections::BTreeSet<&str> = text.lines().collect();
    assert!(lines.len() > 100, "the output of cargo is not read");
    for line in lines {
        let (_, licence) = line.split_once('|').expect("a licence");
        let choices = licence.replace(['(', ')'], "").replace('/', " OR ");
        let accepted = |part: &str| part.split(" OR ").any(|name| ACCEPTED.contains(&name.trim()));
        assert!(choices.split(" AND ").all(accepted), "{line}");
    }
}
