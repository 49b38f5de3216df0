//! The guide in `docs/`: its pages are all listed, their links lead somewhere, and their blocks run as tests.

#![allow(clippy::unwrap_used, reason = "what helps a test may panic like the test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of the pages, without the list itself.
fn pages() -> BTreeSet<String> {
    let names = fs::read_dir(root().join("docs")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".md") && name != "SUMMARY.md").collect()
}

/// The targets of the links of a page, code left out.
fn links(text: &str) -> Vec<&str> {
    let prose = text.split("```").step_by(2);
    let targets = prose.flat_map(|prose| prose.split("](").skip(1));
    targets.filter_map(|rest| rest.split_once(')')).map(|(target, _)| target).collect()
}

/// The anchors of a page, as GitHub and mdBook make them of headings.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.split("```").step_by(2).flat_map(str::lines);
    let headings = headings.filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let kept = line.trim_start_matches('#').trim().to_lowercase();
            let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

#[test]
fn every_page_is_in_the_table_of_contents() {
    let summary = read("docs/SUMMARY.md");
    let listed: BTreeSet<String> = links(&summary).into_iter().map(str::to_owned).collect();
    assert_eq!(listed, pages());
}

#[test]
fn every_page_with_rust_runs_as_a_test() {
    let guide = read("src/guide.rs");
    for page in pages() {
        let has_rust = read(format!("docs/{page}")).contains("```rust\n");
        let runs = guide.contains(&format!("../docs/{page}\""));
        assert!(runs || !has_rust, "src/guide.rs does not name docs/{page}");
    }
}

#[test]
fn every_link_leads_somewhere() {
    let mut broken = Vec::new();
    let pages = pages().into_iter().chain(["SUMMARY.md".to_owned()]);
    let pages = pages.map(|page| format!("docs/{page}")).chain(["README.md".to_owned()]);
    for page in pages {
        let text = read(&page);
        for link in links(&text).into_iter().filter(|link| !link.contains("://")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => root().join(&page),
                file => root().join(&page).parent().unwrap().join(file),
            };
            let found = target.exists()
                && (anchor.is_empty()
                    || anchors(&fs::read_to_string(&target).unwrap()).contains(anchor));
            if !found {
                broken.push(format!("{page}: {link}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn a_link_to_a_heading_that_is_gone_would_be_found() {
    let page = "# Writing a `driver`, twice\n[here](#writing-a-driver-twice) ```\n[no](code)\n```";
    assert_eq!(links(page), ["#writing-a-driver-twice"]);
    assert_eq!(anchors(page), BTreeSet::from(["writing-a-driver-twice".to_owned()]));
}

/// All sources of tests, as one text.
fn sources(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_mistake_is_pinned_by_the_test_that_its_row_names() {
    let mut text = String::new();
    sources(&root().join("src"), &mut text);
    sources(&root().join("tests"), &mut text);
    let page = read("docs/mistakes.md");
    let rows: Vec<&str> = page.lines().filter(|line| line.ends_with("` |")).collect();
    assert!(rows.len() >= 40, "{} rows", rows.len());
    for row in rows {
        let test = row.trim_end_matches("` |").rsplit('`').next().unwrap();
        let is_there = root().join(test).is_file() || text.contains(&format!("fn {test}("));
        assert!(is_there, "{row}");
    }
}
