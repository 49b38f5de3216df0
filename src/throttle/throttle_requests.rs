//! The middleware `throttle`.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;

use super::limiter::address;
use super::{Limit, RateLimiter};
use crate::error::Error;
use crate::http::{HttpRequest, Middleware, Next, Response, Result};
use crate::routing::ParameterError;

/// Answers 429 to requests beyond a limit. Registered as `throttle` by `ThrottleServiceProvider`.
///
/// `throttle:60,1` allows each user, or each address without a user, 60 requests in a minute. `throttle:10|60,1` allows
/// 10 to guests. Routes with the same numbers share their count; a third parameter, `throttle:60,1,uploads`, counts
/// apart. `throttle:name` uses the limits of that [name](RateLimiter::named).
pub struct ThrottleRequests {
    limiter: Arc<RateLimiter>,
    rule: Rule,
}

enum Rule {
    Named(String),
    Fixed { guests: u32, users: u32, window: Duration, prefix: String },
}

impl ThrottleRequests {
    /// From what follows the name of the middleware.
    pub(crate) fn from_parameters(
        limiter: Arc<RateLimiter>,
        parameters: &[&str],
    ) -> std::result::Result<Self, ParameterError> {
        let rule = match parameters {
            [name] if !name.starts_with(|c: char| c.is_ascii_digit()) => {
                if limiter.limits(name).is_none() {
                    return Err(ParameterError(format!(
                        "there is no limiter `{name}`; name it in a provider's boot: app.make::<RateLimiter>()?.named(\"{name}\", ...)"
                    )));
                }
                Rule::Named((*name).to_owned())
            }
            [] | [_] | [_, _] | [_, _, _] => fixed(parameters)?,
            _ => return Err(ParameterError("it takes requests, minutes and a prefix".to_owned())),
        };
        Ok(Self { limiter, rule })
    }

    fn limits(&self, req: &HttpRequest) -> Vec<Limit> {
        match &self.rule {
            Rule::Named(name) => {
                let mut limits =
                    self.limiter.limits(name).map(|limits| limits(req)).unwrap_or_default();
                for limit in &mut limits {
                    let after = if limit.after.is_some() { "after" } else { "" };
                    let window = limit.window.as_secs();
                    limit.key = format!("{name}{after}\n{window}\n{}", limit.key);
                }
                limits
            }
            Rule::Fixed { guests, users, window, prefix } => {
                let (max, who) = match self.limiter.user(req) {
                    Some(user) => (*users, format!("user:{user}")),
                    None => (*guests, address(req.ip())),
                };
                let key = format!("\n{prefix}\n{max}\n{}\n{who}", window.as_secs());
                vec![Limit::new(max, *window).by(key)]
            }
        }
    }

    /// Counts the request in all limits, or in none if one of them is reached: then it has its answer.
    async fn count(&self, req: &HttpRequest, limits: &[Limit]) -> Result<Counted> {
        let mut tightest = None;
        for (index, limit) in limits.iter().enumerate() {
            // Those that count by the response only look.
            let (new, room) = if limit.after.is_some() { (0, 1) } else { (1, 0) };
            let hits = self.limiter.hit(&limit.key, new, limit.window).await?;
            if hits.count.saturating_add(room) > limit.max {
                for counted in limits[..=index].iter().filter(|limit| limit.after.is_none()) {
                    self.limiter.hit(&counted.key, -1, counted.window).await?;
                }
                return self.refuse(req, limit, hits.left).map(Counted::Refused);
            }
            tighten(&mut tightest, limit.max, limit.max - hits.count);
        }
        Ok(Counted::In(tightest))
    }

    /// Counts the request in limits that go by its response.
    async fn count_after(&self, due: Vec<&Limit>, tightest: &mut Option<(u32, u32)>) {
        for limit in due {
            match self.limiter.hit(&limit.key, 1, limit.window).await {
                Ok(hits) => tighten(tightest, limit.max, limit.max.saturating_sub(hits.count)),
                // The action has run: its answer is worth more than the count.
                Err(error) => tracing::warn!("a request could not be counted: {error:?}"),
            }
        }
    }

    #[cold]
    fn refuse(&self, req: &HttpRequest, limit: &Limit, left: Duration) -> Result {
        let error = too_many(left)
            .header("x-ratelimit-limit", HeaderValue::from(limit.max))
            .header("x-ratelimit-remaining", HeaderValue::from(0))
            .header(
                "x-ratelimit-reset",
                HeaderValue::from(self.limiter.clock.unix() + seconds(left)),
            );
        let Some(refusal) = &limit.refusal else { return Err(error) };
        let mut response = refusal(req);
        if response.status_code() == 200 {
            response = response.status(429);
        }
        for (name, value) in error.headers() {
            response.headers_mut().insert(name, value.clone());
        }
        Ok(response)
    }
}

/// What became of a request: let through, with a limit and what is left of it, or answered.
enum Counted {
    In(Option<(u32, u32)>),
    Refused(Response),
}

/// Keeps the limit with the fewest requests left.
fn tighten(tightest: &mut Option<(u32, u32)>, max: u32, left: u32) {
    if tightest.is_none_or(|(_, fewest)| left < fewest) {
        *tightest = Some((max, left));
    }
}

/// 429, with the time to wait.
pub(super) fn too_many(left: Duration) -> Error {
    Error::new(429, "Too Many Attempts.").header("retry-after", HeaderValue::from(seconds(left)))
}

/// Rounded up: who comes back after this time is not refused again.
fn seconds(left: Duration) -> u64 {
    left.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX)
}

fn fixed(parameters: &[&str]) -> std::result::Result<Rule, ParameterError> {
    let number = |text: &str| match text.parse::<u32>() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(ParameterError(format!(
            "`{text}` is not a number of requests or minutes; write `throttle:60,1`, or name a limiter"
        ))),
    };
    let max = parameters.first().copied().unwrap_or("60");
    let (guests, users) = max.split_once('|').unwrap_or((max, max));
    let minutes = number(parameters.get(1).copied().unwrap_or("1"))?;
    Ok(Rule::Fixed {
        guests: number(guests)?,
        users: number(users)?,
        window: Duration::from_secs(u64::from(minutes) * 60),
        prefix: parameters.get(2).copied().unwrap_or_default().to_owned(),
    })
}

impl Middleware for ThrottleRequests {
    async fn handle(&self, req: HttpRequest, next: Next) -> Result {
        let limits = self.limits(&req);
        let mut counted = match self.count(&req, &limits).await? {
            Counted::In(counted) => counted,
            Counted::Refused(response) => return Ok(response),
        };
        let mut response = next.run(req).await;
        let counts = |limit: &&Limit| limit.after.as_ref().is_some_and(|counts| counts(&response));
        let due = limits.iter().filter(counts).collect();
        self.count_after(due, &mut counted).await;
        if let Some((max, left)) = counted {
            show(&mut response, max, left);
        }
        Ok(response)
    }
}

/// Of nested limits, the one with the fewest requests left is shown.
fn show(response: &mut Response, max: u32, left: u32) {
    let headers = response.headers_mut();
    let inner = headers.get("x-ratelimit-remaining").and_then(|value| value.to_str().ok());
    if inner.and_then(|text| text.parse::<u32>().ok()).is_some_and(|inner| inner <= left) {
        return;
    }
    headers.insert("x-ratelimit-limit", HeaderValue::from(max));
    headers.insert("x-ratelimit-remaining", HeaderValue::from(left));
}
