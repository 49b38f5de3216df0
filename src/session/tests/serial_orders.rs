//! Random requests whose starts and commits overlap at random, against a model that knows nothing of versions,
//! conflicts or changes: it runs the requests one after the other.
//!
//! What must hold: each key of each session ends as some order of the requests leaves it, one after the other, in which
//! a request comes after those that had ended before it began. So `increment` and `push` are exact, the last put wins,
//! and what one request does to one key is never mixed with what another does to it.

mod ops;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use proptest::prelude::*;
use serde_json::{Value, json};

use self::ops::{Op, ops, with_reflashed};
use crate::session::api::Session;
use crate::session::commit::{CookieChange, Ending};
use crate::session::request::Shown;
use crate::session::{MemoryDriver, SessionConfig, SessionManager};
use crate::support::ManualClock;
use crate::support::dot::JsonMap;

/// Requests, and the order of their moments: the first time that a number comes up its request starts, the second
/// time it commits.
#[derive(Clone, Debug)]
struct Play {
    requests: Vec<Vec<Op>>,
    moments: Vec<usize>,
}

fn plays() -> impl Strategy<Value = Play> {
    prop::collection::vec(prop::collection::vec(ops(), 0..5), 1..5).prop_flat_map(|requests| {
        let moments: Vec<usize> =
            (0..requests.len()).flat_map(|request| [request, request]).collect();
        (Just(requests), Just(moments).prop_shuffle())
            .prop_map(|(requests, moments)| Play { requests, moments })
    })
}

type Verdict = Result<(), TestCaseError>;

/// A session as the model sees it.
struct Line {
    /// The cookie that leads there; the ones before it lead nowhere.
    cookie: String,
    epoch: u32,
    alive: bool,
    done: Vec<Done>,
}

/// A request that committed.
#[derive(Clone)]
struct Done {
    ops: Vec<Op>,
    began: usize,
    ended: usize,
}

/// A request that has begun.
struct Running {
    session: Session,
    line: Option<(usize, u32)>,
    began: usize,
}

fn now<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(done) = future.as_mut().poll(&mut context) {
            return done;
        }
    }
}

struct World {
    manager: SessionManager,
    lines: Vec<Line>,
    /// The line whose cookie the browser has.
    current: Option<usize>,
    dead_cookies: Vec<String>,
}

impl World {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::default());
        let manager =
            SessionManager::with_driver(SessionConfig::default(), clock, MemoryDriver::new());
        let mut world =
            Self { manager, lines: Vec::new(), current: None, dead_cookies: Vec::new() };
        let first = ["n", "v"].map(|key| Op::Put(key, json!(1)));
        let running = world.start(0);
        first.iter().for_each(|op| op.run(&running.session));
        world.commit(running, &first, 0).expect("it is created");
        world
    }

    fn start(&self, moment: usize) -> Running {
        let line = self.current.map(|line| (line, self.lines[line].epoch));
        let cookie = self.current.map(|line| self.lines[line].cookie.as_str());
        let session = now(self.manager.start(cookie.into_iter())).expect("memory reads");
        Running { session, line, began: moment }
    }

    fn commit(&mut self, running: Running, ops: &[Op], moment: usize) -> Verdict {
        let Running { session, line, began } = running;
        let change = now(self
            .manager
            .backend()
            .expect("a driver")
            .commit(&session, Ending::Response(Shown::Nothing)));
        let change = change.expect("every value can be stored");
        let reset = ops.iter().rposition(|op| matches!(op, Op::Invalidate));
        let kept = with_reflashed(&ops[reset.map_or(0, |at| at + 1)..]);
        let done = Done { ops: kept, began, ended: moment };
        let live = line.filter(|(line, epoch)| self.lives(*line, *epoch));
        // A logout ends the session under whatever token it has by then.
        let ends =
            line.map(|(line, _)| line).filter(|line| reset.is_some() && self.lines[*line].alive);
        if let Some(line) = ends {
            self.lines[line].alive = false;
            self.dead_cookies.push(self.lines[line].cookie.clone());
            self.current = self.current.filter(|current| *current != line);
        }
        match (line, reset) {
            (Some(_), None) => self.carried_on(live.map(|(line, _)| line), done, change),
            _ => self.began_anew(done, change, line.is_some()),
        }
    }

    fn lives(&self, line: usize, epoch: u32) -> bool {
        self.lines[line].alive && self.lines[line].epoch == epoch
    }

    fn carried_on(&mut self, line: Option<usize>, done: Done, change: CookieChange) -> Verdict {
        let rotates = done.ops.iter().any(|op| matches!(op, Op::Regenerate));
        match (line, change) {
            (Some(line), CookieChange::Set(cookie, _)) if rotates => {
                let line = &mut self.lines[line];
                self.dead_cookies.push(std::mem::replace(&mut line.cookie, cookie));
                line.epoch += 1;
                line.done.push(done);
            }
            (Some(line), CookieChange::None) if !rotates => self.lines[line].done.push(done),
            // Its session was ended or moved meanwhile: it wrote nothing.
            (None, CookieChange::None) => {}
            (line, change) => prop_assert!(false, "{:?} gave {change:?} on {line:?}", done.ops),
        }
        Ok(())
    }

    fn began_anew(&mut self, done: Done, change: CookieChange, had_one: bool) -> Verdict {
        match change {
            CookieChange::Set(cookie, _) => {
                self.current = Some(self.lines.len());
                self.lines.push(Line { cookie, epoch: 0, alive: true, done: vec![done] });
            }
            other => {
                let mut data = JsonMap::new();
                done.ops.iter().for_each(|op| op.model(&mut data));
                // A dotted key that is forgotten leaves empty maps, for which no session is made.
                prop_assert!(data.values().all(is_hollow), "{:?} stored nothing", done.ops);
                let removed = if had_one { CookieChange::Remove } else { CookieChange::None };
                prop_assert_eq!(other, removed);
            }
        }
        Ok(())
    }

    fn check(&self) -> Verdict {
        let listed = now(self.manager.list()).expect("lists").expect("can list");
        let alive: Vec<&Line> = self.lines.iter().filter(|line| line.alive).collect();
        prop_assert_eq!(listed.len(), alive.len(), "sessions in the store");
        for cookie in &self.dead_cookies {
            let session = now(self.manager.start([cookie.as_str()].into_iter())).expect("reads");
            prop_assert!(session.is_new(), "a dead token leads to a session");
        }
        for line in alive {
            let session =
                now(self.manager.start([line.cookie.as_str()].into_iter())).expect("reads");
            prop_assert!(!session.is_new(), "the session is lost");
            check_data(session.all(), &line.done)?;
        }
        Ok(())
    }
}

/// Whether there is nothing in a value but empty maps.
fn is_hollow(value: &Value) -> bool {
    value.as_object().is_some_and(|map| map.values().all(is_hollow))
}

/// Every key ends as some order of the requests leaves it.
fn check_data(mut found: JsonMap, done: &[Done]) -> Verdict {
    found.remove(crate::session::RESERVED_FLASH);
    let ends: Vec<JsonMap> = orders(done).iter().map(|order| run(order)).collect();
    let keys = ends.iter().flat_map(JsonMap::keys).chain(found.keys());
    for key in keys {
        let possible: Vec<_> = ends.iter().map(|end| end.get(key)).collect();
        let as_found = found.get(key);
        prop_assert!(
            possible.contains(&as_found),
            "`{key}` is {as_found:?}, and no order gives that: {possible:?}"
        );
    }
    Ok(())
}

fn run(order: &[&Done]) -> JsonMap {
    let mut data = JsonMap::new();
    order.iter().flat_map(|done| &done.ops).for_each(|op| op.model(&mut data));
    data
}

/// The orders in which a request comes after those that had ended when it began.
fn orders(done: &[Done]) -> Vec<Vec<&Done>> {
    let mut orders = Vec::new();
    extend(&mut Vec::new(), &done.iter().collect::<Vec<_>>(), &mut orders);
    orders
}

fn extend<'a>(order: &mut Vec<&'a Done>, rest: &[&'a Done], orders: &mut Vec<Vec<&'a Done>>) {
    if rest.is_empty() {
        orders.push(order.clone());
    }
    for (at, next) in rest.iter().enumerate() {
        let others: Vec<&Done> = [&rest[..at], &rest[at + 1..]].concat();
        if others.iter().all(|other| other.ended > next.began || other.ended >= next.ended) {
            order.push(next);
            extend(order, &others, orders);
            order.pop();
        }
    }
}

fn play(play: &Play) -> Verdict {
    let mut world = World::new();
    let mut running: Vec<Option<Running>> = play.requests.iter().map(|_| None).collect();
    for (moment, request) in play.moments.iter().enumerate() {
        let ops = &play.requests[*request];
        match running[*request].take() {
            None => {
                let begun = world.start(moment + 1);
                ops.iter().for_each(|op| op.run(&begun.session));
                running[*request] = Some(begun);
            }
            Some(begun) => world.commit(begun, ops, moment + 1)?,
        }
    }
    world.check()
}

proptest! {
    #![proptest_config(ProptestConfig {
        // PROPTEST_CASES asks for more.
        cases: ProptestConfig::default().cases.max(2_000),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn rule_6_every_key_ends_as_some_order_of_the_requests_leaves_it(it in plays()) {
        play(&it)?;
    }
}
