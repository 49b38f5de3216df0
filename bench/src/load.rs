//! Load: many connections, each with visitors of its own, asking one after the other.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::process::Running;
use crate::servers::Route;
use crate::timed::median;
use crate::visitor::{Response, Visitor};

/// So many connections are open at a time.
pub const CONNECTIONS: usize = 64;

/// So many sessions there are; each is used by one connection alone, so that every answer can be foretold.
pub const SESSIONS: usize = 1_000;

/// When a load ends.
#[derive(Clone, Copy, Debug)]
pub enum Until {
    /// After this time.
    Time(Duration),
    /// After this many requests.
    Count(usize),
}

/// How quickly a connection asks.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// As soon as it has its answer. The rate is what the server can do, and the latency is the time in its queue.
    AtOnce,
    /// All connections together so often in a second, however long answers take. Latency counts from when a request
    /// was due, so that a server that halts for a moment answers for all requests of that moment.
    Rate(f64),
}

/// What a load met.
#[derive(Debug)]
pub struct Load {
    /// How many requests were answered, all of them rightly.
    pub requests: usize,
    /// How long it took.
    pub took: Duration,
    /// How long after the begin each answer came, and how long it took, in the order of the answers.
    answers: Vec<(Duration, Duration)>,
}

/// A load is looked at in so many parts of equal length.
pub const PARTS: u32 = 12;

impl Load {
    /// The latency, in microseconds, that this share of the requests stayed below: the median of the load's parts.
    /// Over the whole, the slowest in a hundred would tell of the machine alone as soon as something else has one of the
    /// cores for a hundredth of the time; what a server does to its requests, it does in most of the parts.
    pub fn percentile(&self, share: f64) -> f64 {
        let part = self.took / PARTS;
        let parts = self.answers.chunk_by(|a, b| {
            a.0.as_nanos() / part.as_nanos().max(1) == b.0.as_nanos() / part.as_nanos().max(1)
        });
        let percentile = |answers: &[(Duration, Duration)]| {
            let mut latencies: Vec<Duration> = answers.iter().map(|(_, took)| *took).collect();
            latencies.sort_unstable();
            let last = latencies.len().saturating_sub(1);
            latencies.get((last as f64 * share) as usize).map_or(0.0, Duration::as_secs_f64) * 1e6
        };
        median(parts.map(percentile).collect())
    }
}

/// The visitors of each connection.
pub struct Crowd(Vec<Vec<Visitor>>);

impl Crowd {
    /// Visitors without sessions, this many or a few more.
    pub fn of(sessions: usize) -> Self {
        let visitors = vec![Visitor::default(); sessions.div_ceil(CONNECTIONS)];
        Self(vec![visitors; CONNECTIONS])
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }

    /// Gives each visitor a session.
    pub async fn arrive(&mut self, server: &Running) {
        self.ask(server, Route::Make, Until::Count(self.len()), Pace::AtOnce).await;
    }

    /// Has all of them ask for a route.
    ///
    /// # Panics
    /// When an answer is wrong.
    pub async fn ask(&mut self, server: &Running, route: Route, until: Until, pace: Pace) -> Load {
        let mut streams = Vec::new();
        for _ in 0..self.0.len() {
            let stream = TcpStream::connect(server.address).await.expect("the server listens");
            stream.set_nodelay(true).expect("an option of every socket");
            streams.push(stream);
        }
        let awake = tokio::spawn(stay_awake());
        let started = Instant::now();
        let mut connections = JoinSet::new();
        for (index, (stream, visitors)) in streams.into_iter().zip(self.0.drain(..)).enumerate() {
            let due = Due { started, index, pace };
            connections.spawn(connection(stream, visitors, route, until, due));
        }
        let mut answers = Vec::new();
        while let Some(done) = connections.join_next().await {
            let (visitors, more) = done.expect("every answer is right");
            self.0.push(visitors);
            answers.extend(more);
        }
        let took = started.elapsed();
        awake.abort();
        answers.sort_unstable();
        Load { requests: answers.len(), took, answers }
    }
}

/// When a connection asks.
struct Due {
    started: Instant,
    index: usize,
    pace: Pace,
}

impl Due {
    /// Waits until the next request is due, and tells when that was.
    async fn next(&self, asked: usize) -> Instant {
        let Pace::Rate(rate) = self.pace else { return Instant::now() };
        // Connections take turns, so that requests come one by one.
        let place = (asked * CONNECTIONS + self.index) as f64;
        let due = self.started + Duration::from_secs_f64(place / rate);
        // Timers know milliseconds only. The load has a core for itself, and may as well look at the clock.
        while Instant::now() < due {
            tokio::task::yield_now().await;
        }
        due
    }
}

/// Keeps the load's core from sleeping. Waking it is done, and on a virtual machine dearly paid, by the server that
/// answers: the slower a server, the more often it would find the load asleep, and the more it would pay for that.
async fn stay_awake() {
    loop {
        tokio::task::yield_now().await;
    }
}

async fn connection(
    mut stream: TcpStream,
    mut visitors: Vec<Visitor>,
    route: Route,
    until: Until,
    due: Due,
) -> (Vec<Visitor>, Vec<(Duration, Duration)>) {
    let (mut out, mut bytes) = (Vec::new(), Vec::with_capacity(4096));
    let mut answers = Vec::new();
    let goes_on = |answered: usize| match until {
        Until::Time(time) => due.started.elapsed() < time,
        Until::Count(count) => answered < count / CONNECTIONS,
    };
    while goes_on(answers.len()) {
        let turn = answers.len() % visitors.len();
        let visitor = &mut visitors[turn];
        visitor.request(route, &mut out);
        let asked = due.next(answers.len()).await;
        stream.write_all(&out).await.expect("the server reads");
        bytes.clear();
        loop {
            let count = stream.read_buf(&mut bytes).await.expect("the server answers");
            assert!(count > 0, "the server closed the connection");
            if let Some(response) = Response::parse(&bytes) {
                answers.push((due.started.elapsed(), asked.elapsed()));
                visitor.receive(route, &response);
                break;
            }
        }
    }
    // The next load goes on with those who have not been here for longest, so that in the end all have their turn.
    let turns = answers.len() % visitors.len();
    visitors.rotate_left(turns);
    (visitors, answers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_usual_one_and_not_that_of_a_moment_in_which_all_stood_still() {
        let millis = Duration::from_millis;
        // An answer each millisecond, every tenth a slow one; and a tenth of a second in which nothing went on.
        let answer = |at: u64| match at {
            500..600 => (millis(at), millis(100)),
            _ if at.is_multiple_of(10) => (millis(at), millis(5)),
            _ => (millis(at), millis(1)),
        };
        let answers: Vec<_> = (0..1_200).map(answer).collect();
        let load = Load { requests: answers.len(), took: millis(1_200), answers };
        assert_eq!(load.percentile(0.5), 1_000.0);
        assert_eq!(load.percentile(0.99), 5_000.0);
    }
}
