//! A token that came from a visitor: neither built nor committed from outside.

use lunox::session::SessionManager;
use lunox::session::record::ClaimedToken;

async fn adopt(manager: SessionManager, token: &str) {
    let claimed = ClaimedToken::parse(token);
    let _ = manager.commit(claimed).await;
}

fn main() {
    let _ = adopt;
}
