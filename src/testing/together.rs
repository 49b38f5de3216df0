//! Requests that run at the same time.

use std::sync::Arc;

use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::TestClient;

impl TestClient {
    /// Runs `work` several times at once, as the same visitor: requests that share a session.
    ///
    /// Each gets the client and its number, from 0. All are started as tasks and wait for one another before
    /// they begin, so on a runtime of several threads (`flavor = "multi_thread"`) they truly overlap. Gives
    /// what they gave, in order.
    ///
    /// ```no_run
    /// # async fn all_count(client: lunox::testing::TestClient) {
    /// client.together(8, |client, _| async move { client.post("/count", ()).await.assert_ok(); }).await;
    /// client.get("/").await.assert_session_has_value("count", 8);
    /// # }
    /// ```
    ///
    /// # Panics
    /// When one of them does.
    pub async fn together<F, Fut>(&self, count: usize, work: F) -> Vec<Fut::Output>
    where
        F: Fn(TestClient, usize) -> Fut,
        Fut: Future + Send + 'static,
        Fut::Output: Send + 'static,
    {
        let start = Arc::new(Barrier::new(count));
        let mut tasks = JoinSet::new();
        for number in 0..count {
            let (work, start) = (work(self.clone(), number), Arc::clone(&start));
            tasks.spawn(async move {
                start.wait().await;
                (number, work.await)
            });
        }
        let mut results = Vec::with_capacity(count);
        while let Some(ended) = tasks.join_next().await {
            match ended {
                Ok(result) => results.push(result),
                Err(error) => match error.try_into_panic() {
                    Ok(panic) => std::panic::resume_unwind(panic),
                    Err(error) => panic!("a task was cancelled: {error}"),
                },
            }
        }
        results.sort_by_key(|(number, _)| *number);
        results.into_iter().map(|(_, result)| result).collect()
    }
}
