//! Session files that something else has damaged.

use std::fs;
use std::path::PathBuf;

use crate::process::Site;

#[test]
fn a_damaged_session_is_kept_aside_and_its_neighbours_stay() {
    let site = Site::new();
    let server = site.start();
    let (mut ada, mut bob) = (server.browser(), server.browser());
    ada.post("/session", "key=name&value=Ada");
    let [file]: [PathBuf; 1] = site.session_files().try_into().unwrap();
    bob.post("/session", "key=name&value=Bob");
    let before = fs::read(&file).unwrap();
    let damaged: Vec<u8> = before.iter().map(|byte| !byte).collect();
    fs::write(&file, &damaged).unwrap();
    let old = ada.token().unwrap().to_owned();

    assert!(ada.get("/profile").body.contains("Who are you?"));

    assert_ne!(ada.token().unwrap(), old);
    assert!(bob.get("/profile").body.contains("Hello, Bob."));
    assert_eq!(fs::read(file.with_extension("corrupt")).unwrap(), damaged);
    assert!(!file.exists());
    assert!(server.log().contains("a session record was corrupt"), "{}", server.log());

    // The new session lasts.
    ada.post("/session", "key=name&value=Ada");
    assert!(ada.get("/profile").body.contains("Hello, Ada."));
}

#[test]
fn a_file_cut_in_half_costs_one_visitor_one_session() {
    let site = Site::new();
    let server = site.start();
    let mut ada = server.browser();
    ada.post("/session", "key=name&value=Ada");
    let [file]: [PathBuf; 1] = site.session_files().try_into().unwrap();
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..40]).unwrap();

    assert_eq!(ada.get("/").visits(), 1);
    assert_eq!(ada.get("/").visits(), 2);

    let kept = fs::read(file.with_extension("corrupt")).unwrap();
    assert_eq!(kept, &whole[..40]);
}

#[test]
fn a_store_that_cannot_be_read_is_not_an_empty_session() {
    let site = Site::new();
    let server = site.start();
    let mut ada = server.browser();
    ada.post("/session", "key=name&value=Ada");
    let [file]: [PathBuf; 1] = site.session_files().try_into().unwrap();
    let token = ada.token().unwrap().to_owned();
    // A folder in the file's place can be opened but not read.
    let aside = file.with_extension("aside");
    fs::rename(&file, &aside).unwrap();
    fs::create_dir(&file).unwrap();

    let answer = ada.get("/profile");

    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(answer.headers("set-cookie").count(), 0);
    assert!(!answer.body.contains("storage"), "{}", answer.body);
    fs::remove_dir(&file).unwrap();
    fs::rename(&aside, &file).unwrap();
    assert!(ada.get("/profile").body.contains("Hello, Ada."));
    assert_eq!(ada.token().unwrap(), token);
}

#[test]
fn while_the_folder_of_all_sessions_is_moved_away_visitors_get_503_and_keep_their_cookies() {
    let site = Site::new();
    let server = site.start();
    let mut ada = server.browser();
    ada.post("/session", "key=name&value=Ada");
    let token = ada.token().unwrap().to_owned();
    let folder = site.path("storage/framework/sessions");
    let aside = site.path("storage/framework/aside");
    fs::rename(&folder, &aside).unwrap();

    for answer in [ada.get("/profile"), server.browser().post("/session", "key=name&value=Bob")] {
        assert_eq!(answer.status, 503, "{answer:?}");
        assert_eq!(answer.headers("set-cookie").count(), 0);
    }

    assert!(!folder.exists(), "an empty one would log everybody out");
    let log = server.log();
    assert!(log.contains(&format!("`{}` is missing: move it back", folder.display())), "{log}");
    fs::rename(&aside, &folder).unwrap();
    assert!(ada.get("/profile").body.contains("Hello, Ada."));
    assert_eq!(ada.token().unwrap(), token);
}
