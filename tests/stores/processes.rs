//! Two processes of an application behind one store.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use crate::app::app;
use crate::process::Site;
use crate::store::{Store, config};
use crate::wire::{Browser, Connection};

/// The variables of a process that a test starts.
const DRIVER: &str = "LUNOX_TEST_DRIVER";
const URL: &str = "LUNOX_TEST_URL";

/// What such a process does; nothing in the tests themselves.
#[test]
fn serve() {
    let (Ok(driver), Ok(url)) = (std::env::var(DRIVER), std::env::var(URL)) else { return };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let app = app(config(&driver, &url)).await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        eprintln!("listening on {}", listener.local_addr().expect("an address"));
        axum::serve(listener, app).await.expect("it serves");
    });
}

/// A process of this program that serves the application.
struct Served(Child, SocketAddr);

impl Served {
    fn start(store: &impl Store) -> Self {
        fn driver<S: Store>(_: &S) -> &'static str {
            S::DRIVER
        }
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["--exact", "processes::serve", "--nocapture"]);
        command.env(DRIVER, driver(store)).env(URL, store.url());
        let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("starts");
        let mut served = Self(child, ([127, 0, 0, 1], 0).into());
        let lines = BufReader::new(served.0.stderr.take().expect("piped")).lines();
        let mut lines = lines.map_while(Result::ok);
        let address = lines.find_map(|line| {
            let (_, address) = line.split_once("listening on ")?;
            address.parse().ok()
        });
        served.1 = address.expect("it says where it listens");
        std::thread::spawn(move || lines.for_each(drop));
        served
    }

    fn browser(&self) -> Browser {
        Browser::new(self.1)
    }

    fn get(&self, path: &str) {
        assert_eq!(self.browser().get(path).status, 200);
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// No lost update, no resurrection, and a rotation and a logout that both see.
pub async fn two_processes_share_their_sessions<S: Store>() {
    let store = S::start().await;
    let [here, there] = [Served::start(&store), Served::start(&store)];
    let mut visitor = here.browser();
    assert_eq!(visitor.get("/add").body, "1");
    std::thread::scope(|scope| {
        for number in 0..8 {
            let mut same = visitor.at([&here, &there][number % 2].1);
            scope.spawn(move || (0..8).for_each(|_| assert_eq!(same.get("/add").status, 200)));
        }
    });
    assert_eq!(visitor.at(there.1).get("/read").body, "65");

    let mut old = visitor.at(there.1);
    assert_eq!(visitor.get("/rotate").status, 200);
    assert_eq!(old.get("/read").body, "0", "the old token is dead there too");
    assert_eq!(visitor.at(there.1).get("/read").body, "65");

    // A request that is under way here while the visitor logs out there.
    let mut slow = visitor.clone();
    let mut connection = Connection::open(here.1).expect("connects");
    let under_way = std::thread::spawn(move || {
        let answer = slow.get_on(&mut connection, "/slow").expect("an answer");
        (answer.status, answer.headers("set-cookie").count())
    });
    here.get("/arrived");
    let mut before = [visitor.clone(), visitor.at(there.1)];
    assert_eq!(visitor.at(there.1).get("/logout").status, 200);
    here.get("/go");
    assert_eq!(under_way.join().expect("it ends"), (200, 0));
    for visitor in &mut before {
        assert_eq!(visitor.get("/read").body, "0", "a logout is final");
    }
}

/// A driver is changed by SESSION_DRIVER and the URL of its server, and by nothing else.
pub async fn the_skeleton_in_two_processes_shares_its_sessions<S: Store>() {
    let store = S::start().await;
    let site = || Site::new().with("SESSION_DRIVER", S::DRIVER).with(S::VARIABLE, store.url());
    let sites = [site(), site()];
    let servers = [sites[0].start(), sites[1].start()];
    let mut visitor = servers[0].browser();
    assert_eq!(visitor.get("/").visits(), 1);
    std::thread::scope(|scope| {
        for number in 0..8 {
            let mut same = visitor.clone().at(servers[number % 2].address());
            scope.spawn(move || (0..8).for_each(|_| assert_eq!(same.get("/").status, 200)));
        }
    });
    assert_eq!(visitor.at(servers[1].address()).get("/").visits(), 66);
    assert!(sites[0].session_files().is_empty());
}
