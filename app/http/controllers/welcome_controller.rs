//! The first page.

use lunox::prelude::*;
use serde_json::{Value, json};

pub struct WelcomeController;

impl WelcomeController {
    /// Counts the visit and shows what the session holds.
    pub async fn home(req: HttpRequest) -> Result {
        let session = req.session();
        let visits = session.increment("visits", 1);
        let entries: Vec<Value> = session
            .except(["visits", "status", "errors", "_old_input", "_flash"])
            .into_iter()
            .map(|(key, value)| json!({"key": key, "value": value.to_string()}))
            .collect();
        Ok(view(
            "welcome",
            context! {
                visits,
                entries,
                session_id => session.id(),
                driver => config("session.driver"),
                environment => config("app.environment"),
                version => lunox::VERSION,
            },
        ))
    }
}
