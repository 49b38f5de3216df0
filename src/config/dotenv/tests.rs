use super::*;
use proptest::prelude::*;

fn lines(text: &str) -> Vec<(String, String, usize)> {
    let found = parse(text.as_bytes()).assignments.into_iter();
    found.map(|found| (found.key, found.value, found.line)).collect()
}

fn set(old: &str, key: &str, value: &str) -> String {
    String::from_utf8(with_assignment(old.as_bytes(), key, value)).unwrap()
}

#[test]
fn every_variable_knows_its_line() {
    let text = "# it's\n\nA=1\nexport B = 'x y' # note\nC=\"two\nA=lines\"\n\r\nD=${A}4 ";
    let expected = [("A", "1", 3), ("B", "x y", 4), ("C", "two\nA=lines", 5), ("D", "14", 8)];
    let expected = expected.map(|(key, value, line)| (key.to_owned(), value.to_owned(), line));
    assert_eq!(lines(text), expected);
}

#[test]
fn a_long_line_is_one_line() {
    let text = format!("A={}\nB=2", "x".repeat(40_000));
    let lines = lines(&text);
    assert_eq!((lines[0].1.len(), lines[1].2), (40_000, 2));
}

#[test]
fn broken_lines_are_counted_and_do_not_hide_the_others() {
    let parsed = parse(b"A=1\nno equals\nB=a b\nC=3\n\xFF=1\nD=4\nE='open\nF=1\n");
    assert_eq!(parsed.broken, [2, 3, 5, 7]);
    let keys: Vec<_> = parsed.assignments.iter().map(|found| &found.key[..]).collect();
    assert_eq!(keys, ["A", "C", "D"]);
}

#[test]
fn setting_replaces_the_line_and_nothing_else() {
    assert_eq!(set("A=1\r\nKEY=old # note\r\nB=2", "KEY", "new"), "A=1\r\nKEY=new\r\nB=2");
    assert_eq!(set("# KEY=\nKEY=\nMY_KEY=1\n", "KEY", "x="), "# KEY=\nKEY=x=\nMY_KEY=1\n");
    assert_eq!(set("export KEY=\"a\nb\"\nB=2\n", "KEY", "c"), "export KEY=c\nB=2\n");
    assert_eq!(set("KEY=1\nKEY=2", "KEY", "3"), "KEY=1\nKEY=3");
    assert_eq!(set("\u{feff}KEY=1\n", "KEY", "2"), "\u{feff}KEY=2\n");
}

#[test]
fn setting_adds_a_line_at_the_end() {
    assert_eq!(set("", "KEY", "a b"), "KEY=\"a b\"\n");
    assert_eq!(set("A=1", "KEY", ""), "A=1\nKEY=\n");
    assert_eq!(set("A=1\r\n", "KEY", "$x"), "A=1\r\nKEY=\"\\$x\"\r\n");
}

#[test]
fn a_file_is_replaced_as_a_whole_and_keeps_its_permissions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".env");
    set_in_dotenv(&path, "KEY", "1").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"KEY=1\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        set_in_dotenv(&path, "KEY", "2").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = (folder.path().join("real"), folder.path().join(".env"));
    fs::write(&real, "A=1\n").unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    set_in_dotenv(&link, "A", "2").unwrap();
    assert!(link.is_symlink());
    assert_eq!(fs::read(&real).unwrap(), b"A=2\n");
}

#[test]
fn what_would_not_read_back_is_refused_and_the_file_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".env");
    fs::write(&path, "A='open\n").unwrap();
    assert_eq!(
        set_in_dotenv(&path, "KEY", "1").unwrap_err().to_string(),
        "KEY cannot be set: a line of the file, or the value, is broken"
    );
    let error = set_in_dotenv(&path, "K Y", "1").unwrap_err();
    assert_eq!(error.to_string(), "`K Y` is not a variable name");
    assert_eq!(fs::read(&path).unwrap(), b"A='open\n");
}

proptest! {
    #[test]
    fn every_value_reads_back_and_its_neighbours_stay(value in "[^\r\0]*") {
        let text = set("A=1\nKEY=x\nB='2'\n", "KEY", &value);
        let lines = lines(&text);
        prop_assert_eq!(&lines[1].1, &value);
        prop_assert!(text.starts_with("A=1\nKEY=") && text.ends_with("\nB='2'\n"));
        prop_assert_eq!(lines.len(), 3);
    }

    #[test]
    fn no_text_upsets_the_parser(text in "([A-Z]=?|['\"\\\\#$ \r\n{}a])*") {
        let count = text.split_inclusive('\n').count();
        let parsed = parse(text.as_bytes());
        prop_assert!(parsed.assignments.iter().all(|found| found.last_line <= count));
    }
}
