//! A disk that is full: clear errors, old data intact, and all is well once there is space. And no more files to open.

use std::path::Path;
use std::process::{Command, Stdio};

use bytes::Bytes;
use lunox::prelude::*;
use lunox::session::{FileDriver, Outcome, Rotation, SessionDriver};
use lunox::testing::{TestApp, TestClient};

use super::model::shared_key;
use super::runtime;

/// In a child whose files may have 32 KiB at most: what is larger fails with `EFBIG` in the middle of its work.
pub async fn write_too_much(dir: &Path) {
    let driver = FileDriver::new(dir);
    let (old, new) = (shared_key(0), shared_key(1));
    let (small, large) = (Bytes::from_static(b"small"), Bytes::from(vec![7; 40_000]));
    driver.create(&old, small.clone(), 1).await.expect("it is small");
    let version = driver.read(&old).await.expect("reads").expect("it is there").version;
    let rotation = Rotation {
        old: &old,
        version,
        new: &new,
        payload: large.clone(),
        deadline: 2,
        left_behind: None,
    };
    let failures = [
        driver.replace(&old, version, large.clone(), 2).await.map(|_| ()),
        driver.create(&new, large.clone(), 2).await,
        driver.rotate(rotation).await.map(|_| ()),
    ];
    for failure in failures {
        let error = failure.expect_err("it is too large").to_string();
        assert!(error.contains(&dir.display().to_string()), "{error}");
        assert!(error.contains("File too large"), "{error}");
        let found = driver.read(&old).await.expect("reads").expect("the old record is there");
        assert_eq!((found.version, found.payload), (version, small.clone()));
        assert_eq!(driver.read(&new).await.expect("reads"), None);
    }
    // What fits is served all the while, and nothing half written is left.
    assert_eq!(driver.replace(&old, version, small.clone(), 3).await.expect("fits"), Outcome::Done);
    driver.create(&new, small, 3).await.expect("fits");
    assert_eq!(driver.list(None, 9).await.expect("lists").expect("can list").records.len(), 2);
    let names: Vec<_> =
        super::files(dir).into_iter().filter(|path| path.extension().is_some()).collect();
    assert!(names.is_empty(), "{names:?}");
}

#[test]
fn a_write_that_the_system_cuts_short_is_an_error_that_names_the_file_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("sessions");
    // An ignored signal stays ignored in the program that takes the shell's place.
    let limited = r#"trap '' XFSZ; ulimit -f 64; exec "$0" --exact child --nocapture"#;
    let child = Command::new("sh")
        .args(["-c", limited])
        .arg(std::env::current_exe().expect("this test has a path"))
        .env("CHILD_ROLE", "too-much")
        .env("CHILD_DIR", &dir)
        .stdout(Stdio::null())
        .output()
        .expect("the child starts");
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
    // Without the limit the same folder takes what was too large.
    let driver = FileDriver::new(&dir);
    let large = Bytes::from(vec![7; 40_000]);
    let stored = runtime().block_on(driver.read(&shared_key(0))).expect("reads");
    let version = stored.expect("it is there").version;
    let replaced = runtime().block_on(driver.replace(&shared_key(0), version, large, 4));
    assert_eq!(replaced.expect("there is space"), Outcome::Done);
}

/// In a child that may open 64 files: once the driver keeps some of them open, something else takes all that are left.
pub async fn run_out_of_files(dir: &Path) {
    let driver = FileDriver::new(dir);
    let small = Bytes::from_static(b"small");
    for number in 0..40 {
        driver.create(&shared_key(number), small.clone(), 1).await.expect("created");
    }
    for round in 0..4 {
        for number in 0..40 {
            assert!(driver.read(&shared_key(number)).await.expect("reads").is_some());
        }
        let taken: Vec<_> =
            std::iter::from_fn(|| std::fs::File::open("/dev/null").ok()).take(100).collect();
        assert!(taken.len() < 64, "the limit holds");
        let large = Bytes::from(vec![7; 9_000]);
        match round {
            0 => driver.create(&shared_key(100), small.clone(), 1).await.expect("created"),
            1 => {
                let stored = driver.read(&shared_key(39)).await.expect("reads");
                let version = stored.expect("it is there").version;
                let replaced = driver.replace(&shared_key(39), version, large, 1).await;
                assert_eq!(replaced.expect("outgrown"), Outcome::Done);
            }
            2 => assert!(driver.read(&shared_key(0)).await.expect("reads").is_some()),
            _ => assert_eq!(
                driver.list(None, 99).await.expect("lists").expect("can").records.len(),
                41
            ),
        }
    }
}

#[test]
fn while_something_else_takes_all_open_files_the_ones_that_were_kept_make_room() {
    let folder = tempfile::tempdir().expect("a folder");
    let child = Command::new("sh")
        .args(["-c", r#"ulimit -n 64; exec "$0" --exact child --nocapture"#])
        .arg(std::env::current_exe().expect("this test has a path"))
        .env("CHILD_ROLE", "few-files")
        .env("CHILD_DIR", folder.path().join("sessions"))
        .stdout(Stdio::null())
        .output()
        .expect("the child starts");
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
}

/// A small file system in memory, unmounted when dropped.
struct Tmpfs(tempfile::TempDir);

impl Tmpfs {
    fn mount(size: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(folder.path());
        assert!(mount.status().expect("mount runs").success(), "mounting needs root");
        Self(folder)
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        // What cannot be unmounted now is when the machine stops.
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

/// Mounted a second time, so that what it holds outlives this mount. Unmounted by [`Bound::unmount`], or when dropped.
struct Bound<'d> {
    disk: &'d Tmpfs,
    at: &'d Path,
}

impl<'d> Bound<'d> {
    fn mount(disk: &'d Tmpfs, at: &'d Path) -> Self {
        let bound = Self { disk, at };
        let mut mount = Command::new("mount");
        mount.arg("--bind").args([bound.disk.0.path(), at]);
        assert!(mount.status().expect("mount runs").success(), "mounting needs root");
        bound
    }

    fn unmount(self) {}
}

impl Drop for Bound<'_> {
    fn drop(&mut self) {
        // Sessions in use keep their files open, with which a volume is busy.
        let _ = Command::new("umount").arg("-l").arg(self.at).status();
    }
}

#[test]
#[ignore = "needs root: mounts a small tmpfs"]
fn an_unmounted_volume_is_answered_503_and_ends_no_session() {
    const COOKIE: &str = "lunox_session";
    let disk = Tmpfs::mount("1m");
    let parent = tempfile::tempdir().expect("a folder");
    let dir = parent.path().join("sessions");
    std::fs::create_dir(&dir).expect("a mount point");
    runtime().block_on(async {
        let volume = Bound::mount(&disk, &dir);
        // Only who has not had the file open in the last second looks for it at once.
        let (before, visitor) = (application(dir.clone()).await, application(dir.clone()).await);
        before.get("/put/100").await.assert_ok();
        let cookie = before.cookie(COOKIE);
        visitor.set_cookie(COOKIE, cookie.as_deref().expect("a cookie"));
        volume.unmount();
        let newcomer = visitor.another();
        for response in [
            visitor.get("/length").await,
            visitor.get("/login").await,
            visitor.get("/logout").await,
            newcomer.get("/put/100").await,
        ] {
            response.assert_status(503).assert_cookie_missing(COOKIE);
            let error = format!("{:?}", response.error().expect("an error"));
            assert!(error.contains("is on another device than at the start"), "{error}");
        }
        assert_eq!(std::fs::read_dir(&dir).expect("the mount point").count(), 0);
        assert_eq!(visitor.cookie(COOKIE), cookie);
        let _volume = Bound::mount(&disk, &dir);
        visitor.get("/length").await.assert_text("100");
        newcomer.get("/put/100").await.assert_ok().assert_cookie(COOKIE);
    });
}

async fn application(dir: std::path::PathBuf) -> TestClient {
    TestApp::new()
        .session(|session| {
            session.driver = "file".to_owned();
            session.files = dir;
        })
        .routes(|route| {
            route.get("/put/{length}", async |req: HttpRequest, length: usize| {
                req.session().put("text", "x".repeat(length));
            });
            route.get("/login", async |req: HttpRequest| {
                req.session().regenerate();
                req.session().put("user", 7);
            });
            route.get("/length", async |req: HttpRequest| {
                req.session().get::<String>("text").map_or(0, |text| text.len()).to_string()
            });
            route.get("/logout", async |req: HttpRequest| req.session().invalidate());
        })
        .client()
        .await
}

#[test]
#[ignore = "needs root: mounts a small tmpfs"]
fn a_full_disk_is_answered_503_and_loses_nothing() {
    const COOKIE: &str = "lunox_session";
    let disk = Tmpfs::mount("256k");
    let dir = disk.0.path().join("sessions");
    runtime().block_on(async {
        let visitor = application(dir.clone()).await;
        visitor.get("/put/100").await.assert_ok();
        // Its second slot is not on the disk yet.
        let large = visitor.another();
        large.get("/put/9000").await.assert_ok();
        let (cookie, large_cookie) = (visitor.cookie(COOKIE), large.cookie(COOKIE));
        let filler = disk.0.path().join("filler");
        assert!(std::fs::write(&filler, vec![1; 1 << 20]).is_err(), "the disk is full");
        let newcomer = visitor.another();
        let failing = [
            ("outgrows its file", visitor.get("/put/5000").await),
            ("replaces in place", large.get("/put/9001").await),
            ("rotates", visitor.get("/login").await),
            ("creates", newcomer.get("/put/100").await),
        ];
        for (what, response) in &failing {
            response.assert_status(503).assert_cookie_missing(COOKIE).assert_dont_see("sessions");
            let error = format!("{:?}", response.error().expect("an error"));
            assert!(error.contains(&dir.display().to_string()), "{what}: {error}");
            assert!(error.contains("No space left"), "{what}: {error}");
        }
        assert_eq!((visitor.cookie(COOKIE), large.cookie(COOKIE)), (cookie, large_cookie));
        visitor.get("/length").await.assert_text("100");
        large.get("/length").await.assert_text("9000");
        // Who starts the application now can read, and remove what is not needed.
        let restarted = application(dir.clone()).await;
        restarted.set_cookie(COOKIE, &visitor.cookie(COOKIE).expect("a cookie"));
        restarted.get("/length").await.assert_text("100");
        // A change that needs no space, and a logout, work on a full disk.
        visitor.get("/put/99").await.assert_ok();
        let leaver = visitor.another();
        leaver.set_cookie(COOKIE, &large.cookie(COOKIE).expect("a cookie"));
        leaver.get("/logout").await.assert_ok();
        std::fs::remove_file(&filler).expect("removed");
        visitor.get("/put/5000").await.assert_ok();
        visitor.get("/login").await.assert_ok().assert_cookie(COOKIE);
        visitor.get("/length").await.assert_text("5000");
        newcomer.get("/put/100").await.assert_ok().assert_cookie(COOKIE);
        assert_eq!(super::corrupt_files(&dir), Vec::<std::path::PathBuf>::new());
    });
}
