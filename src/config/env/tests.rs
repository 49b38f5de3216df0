use super::*;

/// A folder with one file.
fn folder(name: &str, text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), text).unwrap();
    folder
}

fn load(base: &Path, process: &[(&str, &str)]) -> Env {
    let process = process.iter().map(|(key, value)| (OsString::from(key), OsString::from(value)));
    Env::load_under(base, process)
}

#[test]
fn the_process_wins_over_the_file() {
    let folder = folder(".env", "A=file\nB=file\nB=last\n");
    let env = load(folder.path(), &[("A", "process")]);
    assert_eq!((env.ask("A"), env.ask("B"), env.ask("C")), (Some("process"), Some("last"), None));
    assert_eq!(env.origin("A").unwrap().to_string(), "the environment");
    assert_eq!(env.origin("B").unwrap().to_string(), ".env line 3");
}

#[test]
fn the_environments_own_file_is_read_instead_if_there_is_one() {
    let folder = folder(".env", "A=1\n");
    fs::write(folder.path().join(".env.testing"), "A=2\n").unwrap();
    assert_eq!(load(folder.path(), &[("APP_ENV", "testing")]).ask("A"), Some("2"));
    assert_eq!(load(folder.path(), &[("APP_ENV", "staging")]).ask("A"), Some("1"));
}

#[test]
fn a_missing_file_is_no_problem() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(Env::load(folder.path()).problems(), BootError::default());
}

#[test]
fn loading_reads_the_process_and_does_not_change_it() {
    let folder = folder(".env", "LUNOX_TEST_ONLY_IN_FILE=1\n");
    let env = Env::load(folder.path());
    assert_eq!(env.ask("LUNOX_TEST_ONLY_IN_FILE"), Some("1"));
    assert_eq!(std::env::var_os("LUNOX_TEST_ONLY_IN_FILE"), None);
    assert_eq!(env.ask("PATH").map(str::to_owned), std::env::var("PATH").ok());
}

#[test]
fn a_broken_line_is_a_problem_that_does_not_show_it() {
    let folder = folder(".env", "A=1\nPASSWORD hunter2\nB='open\n");
    assert_eq!(
        load(folder.path(), &[]).problems().to_string(),
        "the application cannot start: 2 problems\n  \
         1. .env line 2: is not `KEY=value`\n     \
         cure: put a value with spaces, `#`, `$` or quotes in it in double quotes, and close them\n  \
         2. .env line 3: is not `KEY=value`\n     \
         cure: put a value with spaces, `#`, `$` or quotes in it in double quotes, and close them"
    );
}

#[test]
fn an_unreadable_file_is_a_problem() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".env")).unwrap();
    let problems = load(folder.path(), &[]).problems().to_string();
    assert!(problems.contains("\n  1. .env: cannot be read: "), "{problems}");
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_unicode_is_a_problem_once_it_is_asked_for() {
    use std::os::unix::ffi::OsStringExt;
    let bad = (OsString::from("A"), OsString::from_vec(vec![0xFF]));
    let env = Env::load_under(Path::new("/nowhere"), [bad].into_iter());
    assert!(env.problems().into_result().is_ok());
    assert_eq!(env.ask("A"), None);
    let what = "A (the environment) is not Unicode text";
    assert!(env.problems().to_string().contains(what));
}

#[test]
fn laravels_literals_are_converted() {
    for (text, value) in [
        ("null", None),
        ("(NULL)", None),
        ("empty", Some("")),
        ("(empty)", Some("")),
        ("true", Some("true")),
        ("(other)", Some("(other)")),
        ("nullable", Some("nullable")),
    ] {
        assert_eq!(Env::empty().with("A", text).ask("A"), value, "{text}");
    }
}

#[test]
fn it_tells_what_was_asked_for_and_what_was_not() {
    let folder = folder(".env", "SESSION_LIFTIME=30\nAPP_NAME=x\n");
    let env = load(folder.path(), &[("HOME", "/root")]);
    env.ask("SESSION_LIFETIME");
    env.ask("APP_NAME");
    assert_eq!(env.asked(), ["APP_NAME", "SESSION_LIFETIME"]);
    let origin = Origin::File { name: ".env".to_owned(), line: 1 };
    assert_eq!(env.unasked(), [("SESSION_LIFTIME".to_owned(), origin)]);
}

#[test]
fn debugging_shows_no_values() {
    assert_eq!(format!("{:?}", Env::from_pairs([("A", "x"), ("B", "y")])), r#"{"A", "B"}"#);
}
