//! Two processes of the application behind one server.

use crate::process::Site;
use crate::servers::Redis;

fn site(server: &Redis) -> Site {
    Site::new().with("SESSION_DRIVER", "redis").with("REDIS_URL", server.url())
}

/// A driver is changed by SESSION_DRIVER and the URL of its server, and by nothing else.
#[test]
fn two_processes_of_the_application_share_their_sessions_and_lose_no_visit() {
    let redis = Redis::start();
    let sites = [site(&redis), site(&redis)];
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
