//! The stores, each as an application is configured for it.

use std::time::Duration;

use lunox::session::SessionConfig;

use crate::servers::proxy::Proxy;

/// A server, or a file, that sessions can be kept in.
pub trait Store: Sized {
    /// What SESSION_DRIVER names.
    const DRIVER: &'static str;

    /// What says where it is.
    const VARIABLE: &'static str = "DATABASE_URL";

    /// Starts an empty one, with the tables that it needs.
    async fn start() -> Self;

    /// Where it is.
    fn url(&self) -> String;

    /// It does not answer.
    async fn pause(&mut self);

    /// It answers again.
    async fn resume(&mut self);

    /// The options of an application that keeps its sessions there.
    fn config(&self) -> SessionConfig {
        config(Self::DRIVER, &self.url())
    }
}

/// A process that can end, and that a proxy can stand in front of.
pub trait Served: Store {
    /// It ends, as in a crash.
    fn stop(&mut self);

    /// It is started again where it was.
    fn restart(&mut self);

    /// A proxy, and where it is.
    fn proxy(&self) -> (Proxy, String);
}

pub fn config(driver: &str, url: &str) -> SessionConfig {
    SessionConfig {
        driver: driver.to_owned(),
        redis_url: url.into(),
        redis_prefix: "blog".to_owned(),
        database_url: Some(url.into()),
        ..SessionConfig::default()
    }
}

/// The same for tests of outages, which would otherwise take long.
pub fn impatient(config: SessionConfig) -> SessionConfig {
    SessionConfig { driver_timeout: Duration::from_secs(1), ..config }
}

/// A server as a store: the driver, its variable, its type, how it is started, and how its URL is made from the folder of its socket.
macro_rules! served {
    ($driver:literal, $variable:literal, $server:ty, $start:expr, $url:expr) => {
        impl $crate::store::Store for $server {
            const DRIVER: &'static str = $driver;
            const VARIABLE: &'static str = $variable;

            async fn start() -> Self {
                $start.await
            }

            fn url(&self) -> String {
                $url(self.folder())
            }

            async fn pause(&mut self) {
                <$server>::pause(self);
            }

            async fn resume(&mut self) {
                <$server>::resume(self);
            }
        }

        impl $crate::store::Served for $server {
            fn stop(&mut self) {
                <$server>::stop(self);
            }

            fn restart(&mut self) {
                <$server>::restart(self);
            }

            fn proxy(&self) -> ($crate::servers::proxy::Proxy, String) {
                let proxy = $crate::servers::proxy::Proxy::start(self.folder(), <$server>::SOCKET);
                let url = $url(proxy.folder());
                (proxy, url)
            }
        }
    };
}

#[allow(unused_imports, reason = "where there is no server")]
pub(crate) use served;
