//! Where the server listens, and how long it waits for clients.

use lunox::prelude::*;

pub fn config(env: &Env) -> ServerConfig {
    ServerConfig {
        // 0.0.0.0 listens to the world.
        host: env.string("SERVER_HOST", "127.0.0.1"),
        port: env.integer("SERVER_PORT", 8000),

        // Open connections at a time; more wait.
        max_connections: env.integer("SERVER_MAX_CONNECTIONS", 10_000),

        // How long a client may take to ask: for the head of a request, and for the next one on a kept connection.
        header_timeout: env.seconds("SERVER_HEADER_TIMEOUT", 15),

        // How long a client may take nothing, or hardly anything, of what is sent to it.
        write_timeout: env.seconds("SERVER_WRITE_TIMEOUT", 30),

        // How long requests in flight may take once the server was told to stop.
        shutdown_timeout: env.seconds("SERVER_SHUTDOWN_TIMEOUT", 30),

        ..ServerConfig::default()
    }
}
