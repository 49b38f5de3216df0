use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use super::*;

#[cfg(unix)]
#[tokio::test]
async fn folders_and_files_are_for_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let driver = from_one(FileDriver::new(folder.path().join("framework/sessions")));
    driver.prepare().unwrap();
    driver.create(&key(), Bytes::new(), 1).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(driver.store.root.dir()), 0o700);
    assert_eq!(mode(path(&driver).parent().unwrap()), 0o700);
    assert_eq!(mode(&path(&driver)), 0o600);
    let larger = Bytes::from(vec![1; 9000]);
    assert_eq!(driver.replace(&key(), 1, larger, 1).await.unwrap(), Outcome::Done);
    assert_eq!(mode(&path(&driver)), 0o600, "the file that replaced it");
}

#[tokio::test]
async fn foreign_files_are_never_touched() {
    let (driver, folder) = with_record(b"payload").await;
    let inner = path(&driver).parent().unwrap().to_owned();
    let other_folder = folder.path().join("zz");
    fs::create_dir(&other_folder).unwrap();
    let upper = inner.join(key().to_hex().to_uppercase());
    let elsewhere = other_folder.join(key().to_hex());
    let misplaced = inner.join(Key::from_bytes([!key().as_bytes()[0]; 32]).to_hex());
    let foreign = [
        folder.path().join(".gitignore"),
        folder.path().join(if inner.ends_with("00") { "01" } else { "00" }),
        inner.join("README.md"),
        inner.join("notes.tmp"),
        upper,
        elsewhere,
        misplaced,
    ];
    for path in &foreign {
        fs::write(path, "mine").unwrap();
    }
    // A file where the driver would have a folder is told, and passed by.
    let _ = driver.sweep(u64::MAX, 1000).await;
    while sweep_quietly(&driver).await > 0 {}
    for path in &foreign {
        assert_eq!(fs::read_to_string(path).unwrap(), "mine", "{}", path.display());
    }
    assert!(!path(&driver).exists(), "the session itself was swept");
}

/// Sweeps round the folders however many of them cannot be read.
async fn sweep_quietly(driver: &FileDriver) -> usize {
    let mut removed = 0;
    for _ in 0..4 {
        removed += driver.sweep(u64::MAX, 1000).await.ok().flatten().unwrap_or(0);
    }
    removed
}

#[tokio::test]
async fn a_temporary_file_that_a_crash_left_is_swept_an_hour_later() {
    let (driver, _folder) = with_record(b"payload").await;
    let temporary = path(&driver).with_extension("tmp");
    fs::write(&temporary, b"half a rec").unwrap();
    let written = UNIX_EPOCH + Duration::from_secs(100);
    fs::File::options().write(true).open(&temporary).unwrap().set_modified(written).unwrap();
    assert_eq!(sweep(&driver, 100 + 3599).await, 1, "only the record has expired");
    assert!(temporary.exists());
    assert_eq!(sweep(&driver, 100 + 3600).await, 0);
    assert!(!temporary.exists());
}

#[tokio::test]
async fn a_temporary_file_that_a_crash_left_keeps_no_payload_from_growing() {
    let (driver, _folder) = with_record(b"payload").await;
    fs::write(path(&driver).with_extension("tmp"), vec![9; 100_000]).unwrap();
    let larger = Bytes::from(vec![1; 5000]);
    assert_eq!(driver.replace(&key(), 1, larger.clone(), 1).await.unwrap(), Outcome::Done);
    assert_eq!(driver.read(&key()).await.unwrap().unwrap().payload, larger);
    assert_eq!(names(&driver), [key().to_hex()]);
}

#[tokio::test]
async fn a_growing_payload_gets_a_larger_file_and_a_shrinking_one_keeps_it() {
    let (driver, _folder) = with_record(b"payload").await;
    let lengths = [(1992, 4096), (1993, 8192), (10, 8192), (4040, 8192), (4041, 16384)];
    for (version, (length, expected)) in (1..).zip(lengths) {
        let payload = Bytes::from(vec![5; length]);
        let outcome = driver.replace(&key(), version, payload.clone(), 1).await.unwrap();
        assert_eq!(outcome, Outcome::Done);
        assert_eq!(fs::metadata(path(&driver)).unwrap().len(), expected, "{length} bytes");
        assert_eq!(driver.read(&key()).await.unwrap().unwrap().payload, payload);
    }
}

#[test]
fn a_reader_in_a_tight_loop_sees_nothing_but_whole_records() {
    let folder = tempfile::tempdir().unwrap();
    let payload = |version: u64| vec![version as u8; 20 + version as usize * 53 % 9000];
    let store = Store { versions: Versions::from_one(), ..Store::new(folder.path().to_owned()) };
    store.create(&key(), &payload(1), 1, Wait::LONG).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let reader = Store::new(folder.path().to_owned());
                let mut before = 0;
                while !done.load(Ordering::Relaxed) {
                    let stored = reader.read(&key(), Wait::LONG).unwrap().unwrap();
                    assert!(stored.version >= before && stored.deadline >= stored.version);
                    assert!(stored.payload == payload(stored.version));
                    before = stored.version;
                }
            });
        }
        let writer = Store::new(folder.path().to_owned());
        for version in 1..=2000 {
            let next = payload(version + 1);
            let outcome = writer.replace(&key(), version, &next, version + 1, Wait::LONG).unwrap();
            assert_eq!(outcome, Outcome::Done);
            let touched = writer.touch(&key(), version + 1, version + 5000, Wait::LONG).unwrap();
            assert_eq!(touched, Outcome::Done);
        }
        done.store(true, Ordering::Relaxed);
    });
}

#[tokio::test]
async fn a_call_that_meets_a_lock_waits_in_the_pool_and_not_on_the_async_thread() {
    let (driver, _folder) = with_record(b"payload").await;
    let locked = fs::File::options().write(true).open(path(&driver)).unwrap();
    locked.lock().unwrap();
    let driver = Arc::new(driver);
    let other = driver.clone();
    let replace =
        tokio::spawn(async move { other.replace(&key(), 1, Bytes::new(), 1).await.unwrap() });
    // This runtime has one thread: the read gets its turn only because the replace does not hold it.
    tokio::task::yield_now().await;
    assert_eq!(driver.read(&key()).await.unwrap().unwrap().version, 1);
    assert!(!replace.is_finished());
    drop(locked);
    assert_eq!(replace.await.unwrap(), Outcome::Done);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_hangs_leaves_an_async_thread_for_everything_else() {
    let (driver, _folder) = with_record(b"payload").await;
    let driver = Arc::new(driver);
    let (answer, disk) = std::sync::mpsc::channel::<()>();
    let disk = Arc::new(Mutex::new(disk));
    let hanging: Vec<_> = (0..4)
        .map(|_| {
            let (driver, disk) = (driver.clone(), disk.clone());
            let hang = move |_: &Store, _| {
                let _ = disk.lock().unwrap().recv();
                Ok(())
            };
            tokio::spawn(async move { driver.run(hang).await })
        })
        .collect();
    // Each of these is served, by the thread that is free or by the pool.
    for _ in 0..200 {
        let other = driver.clone();
        let read = tokio::spawn(async move { other.read(&key()).await });
        assert_eq!(read.await.unwrap().unwrap().unwrap().payload, "payload");
    }
    assert!(hanging.iter().all(|call| !call.is_finished()));
    drop(answer);
    for call in hanging {
        call.await.unwrap().unwrap();
    }
}

/// A disk whose calls wait until they are told to end, and how many of them wait now.
struct Hung {
    calls: Arc<(Mutex<(usize, usize)>, std::sync::Condvar)>,
}

impl Hung {
    fn new() -> Self {
        Self { calls: Arc::default() }
    }

    /// A call: it counts itself in, and hangs until that many in all may end.
    fn call(&self) -> impl Fn(&Store, Wait) -> Result<(), Fault> + Send + 'static {
        let calls = self.calls.clone();
        move |_, _| {
            let (state, changed) = &*calls;
            let mut state = state.lock().unwrap();
            state.0 += 1;
            let number = state.0;
            changed.notify_all();
            drop(changed.wait_while(state, |(_, ended)| *ended < number).unwrap());
            Ok(())
        }
    }

    fn end(&self, all: usize) {
        self.calls.0.lock().unwrap().1 = all;
        self.calls.1.notify_all();
    }

    fn begun(&self) -> usize {
        self.calls.0.lock().unwrap().0
    }

    fn wait_until_begun(&self, count: usize) {
        let (state, changed) = &*self.calls;
        let limit = Duration::from_secs(30);
        let fewer = |state: &mut (usize, usize)| state.0 < count;
        let (state, late) =
            changed.wait_timeout_while(state.lock().unwrap(), limit, fewer).unwrap();
        assert!(!late.timed_out(), "{} of {count}", state.0);
    }
}

#[tokio::test]
async fn calls_to_a_disk_that_hangs_take_few_threads_and_the_rest_wait_without_one() {
    const THREADS: usize = 5;
    let folder = tempfile::tempdir().unwrap();
    let driver = FileDriver::pooled(folder.path());
    let pool = pool::Pool { disk: pool::Lane::of(THREADS), locks: pool::Lane::of(1) };
    let driver = Arc::new(FileDriver { pool, ..driver });
    let hung = Hung::new();
    let calls = (0..100).map(|_| {
        let (driver, call) = (driver.clone(), hung.call());
        tokio::spawn(async move { driver.run(call).await })
    });
    let mut calls: Vec<_> = calls.collect();
    // This runtime has one thread: once it comes back here, all of them have asked for theirs.
    tokio::task::yield_now().await;
    hung.wait_until_begun(THREADS);
    tokio::task::yield_now().await;
    assert_eq!(hung.begun(), THREADS);
    // Whoever gives up in the queue is never run.
    let given_up = calls.split_off(50);
    given_up.iter().for_each(tokio::task::JoinHandle::abort);
    for call in given_up {
        assert!(call.await.unwrap_err().is_cancelled());
    }
    hung.end(usize::MAX);
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(hung.begun(), 50);
}

#[tokio::test]
async fn calls_that_wait_for_a_lock_leave_the_disk_to_the_others() {
    let (driver, _folder) = with_record(b"payload").await;
    let driver = Arc::new(driver);
    let hung = Hung::new();
    let calls = (0..100).map(|_| {
        let (driver, call) = (driver.clone(), hung.call());
        let locked = move |store: &Store, wait| match wait {
            Wait::Never => Err(Fault::Busy),
            Wait::UpTo(_) => call(store, wait),
        };
        tokio::spawn(async move { driver.run(locked).await })
    });
    let calls: Vec<_> = calls.collect();
    tokio::task::yield_now().await;
    assert_eq!(driver.list(None, 9).await.unwrap().unwrap().records.len(), 1);
    assert_eq!(driver.sweep(u64::MAX, 9).await.unwrap(), Some(1));
    hung.end(usize::MAX);
    for call in calls {
        call.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_lock_that_is_held_long_sends_nobody_else_to_the_pool() {
    let (driver, _folder) = with_record(b"payload").await;
    let held = Duration::from_millis(10);
    let waits = move |_: &Store, wait| {
        let Wait::UpTo(_) = wait else { return Err(Fault::Busy) };
        let started = std::time::Instant::now();
        while started.elapsed() < held {}
        Ok(())
    };
    driver.run(waits).await.unwrap();
    assert!(driver.gate.enter().is_some(), "the disk is as quick as before");
    let slow = move |store: &Store, _| waits(store, Wait::UpTo(held));
    driver.run(slow).await.unwrap();
    assert!(driver.gate.enter().is_none(), "a disk that takes so long is slow");
}

#[test]
fn a_lock_that_nobody_gives_back_is_an_error_that_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path().to_owned());
    store.create(&key(), b"payload", 1, Wait::LONG).unwrap();
    let stopped = fs::File::options().write(true).open(store.path(&key())).unwrap();
    stopped.lock().unwrap();
    let brief = Wait::UpTo(std::time::Duration::from_micros(100));
    let Err(Fault::Driver(error)) = store.replace(&key(), 1, b"new", 1, brief) else {
        panic!("it was replaced")
    };
    assert!(error.to_string().contains(&key().to_hex()), "{error}");
    assert!(error.to_string().contains("has held its lock"), "{error}");
    assert_eq!(store.read(&key(), brief).unwrap().unwrap().payload, "payload");
}

#[test]
fn a_driver_serves_without_a_runtime() {
    let folder = tempfile::tempdir().unwrap();
    for driver in [FileDriver::new(folder.path()), FileDriver::pooled(folder.path())] {
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        let key = key();
        let create = std::pin::pin!(driver.create(&key, Bytes::new(), 1));
        assert!(matches!(create.poll(&mut cx), std::task::Poll::Ready(Ok(()))));
        // A program that another test is just starting may hold the lock too, and a sweep waits for nobody.
        let swept = std::iter::repeat_with(|| {
            std::pin::pin!(driver.sweep(1, 10)).poll(&mut cx).map(Result::unwrap)
        });
        assert!(swept.take(10_000).any(|swept| swept == std::task::Poll::Ready(Some(1))));
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a-file");
    fs::write(&file, "").unwrap();
    let driver = FileDriver::new(file.join("sessions"));
    let error = driver.prepare().unwrap_err().to_string();
    assert!(error.contains("a-file/sessions") && error.starts_with("cannot make"), "{error}");
    let Err(error) = driver.create(&key(), Bytes::new(), 1).await else { panic!("it was made") };
    assert!(matches!(error, DriverError::Unavailable(_)));
    assert!(error.to_string().contains("a-file/sessions"), "{error}");
}

#[tokio::test]
async fn a_prepared_folder_is_empty_and_can_be_prepared_again() {
    let folder = tempfile::tempdir().unwrap();
    let driver = FileDriver::new(folder.path().join("sessions"));
    driver.prepare().unwrap();
    driver.prepare().unwrap();
    assert_eq!(fs::read_dir(driver.store.root.dir()).unwrap().count(), 0);
}
