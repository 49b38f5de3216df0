//! hyper and nothing else: the floor. `map` keeps sessions in a map of this process, `file` in one JSON file each that
//! is read and rewritten in place under a lock, `rename` in one that is written aside and renamed.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fs::{self, File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, COOKIE, HeaderValue, SET_COOKIE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use lunox_bench::{ADD, Args, HELLO, READ, keys};
use serde_json::{Map, Value};

type Data = Map<String, Value>;

/// Where sessions are kept.
trait Store: Send + Sync + 'static {
    fn make(&self, token: String, data: Data);
    fn read(&self, token: &str) -> Option<String>;
    fn add(&self, token: &str) -> Option<String>;
}

#[derive(Default)]
struct InMap(Mutex<HashMap<String, Data>>);

impl Store for InMap {
    fn make(&self, token: String, data: Data) {
        self.0.lock().expect("not poisoned").insert(token, data);
    }

    fn read(&self, token: &str) -> Option<String> {
        self.0.lock().expect("not poisoned").get(token).and_then(name)
    }

    fn add(&self, token: &str) -> Option<String> {
        self.0.lock().expect("not poisoned").get_mut(token).and_then(add_one)
    }
}

struct InFiles {
    folder: PathBuf,
    rename: bool,
}

impl InFiles {
    fn load(&self, token: &str) -> Option<(File, Data, usize)> {
        let mut options = OpenOptions::new();
        let mut file = options.read(true).write(true).open(self.folder.join(token)).ok()?;
        file.lock().ok()?;
        let mut bytes = Vec::with_capacity(1024);
        file.read_to_end(&mut bytes).ok()?;
        Some((file, serde_json::from_slice(&bytes).ok()?, bytes.len()))
    }

    fn write_aside(&self, token: &str, bytes: &[u8]) -> Option<()> {
        let aside = self.folder.join(format!("{token}.tmp"));
        fs::write(&aside, bytes).ok()?;
        fs::rename(&aside, self.folder.join(token)).ok()
    }
}

impl Store for InFiles {
    fn make(&self, token: String, data: Data) {
        let bytes = serde_json::to_vec(&data).expect("JSON");
        fs::write(self.folder.join(token), bytes).expect("writes");
    }

    fn read(&self, token: &str) -> Option<String> {
        let bytes = fs::read(self.folder.join(token)).ok()?;
        name(&serde_json::from_slice(&bytes).ok()?)
    }

    fn add(&self, token: &str) -> Option<String> {
        let (file, mut data, length) = self.load(token)?;
        let sum = add_one(&mut data)?;
        let bytes = serde_json::to_vec(&data).ok()?;
        if self.rename {
            self.write_aside(token, &bytes)?;
        } else {
            file.write_all_at(&bytes, 0).ok()?;
            if bytes.len() < length {
                file.set_len(bytes.len() as u64).ok()?;
            }
        }
        Some(sum)
    }
}

fn name(data: &Data) -> Option<String> {
    data.get(READ)?.as_str().map(str::to_owned)
}

fn add_one(data: &mut Data) -> Option<String> {
    let count = data.get_mut(ADD)?;
    let sum = count.as_i64()? + 1;
    *count = Value::from(sum);
    Some(sum.to_string())
}

fn token(request: &Request<Incoming>) -> Option<&str> {
    let cookies = request.headers().get(COOKIE)?.to_str().ok()?;
    let token = cookies.split("; ").find_map(|cookie| cookie.strip_prefix("session="))?;
    // It becomes the name of a file.
    (token.len() == 43 && !token.contains(['/', '.'])).then_some(token)
}

fn answer(store: &dyn Store, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let found = match request.uri().path() {
        "/hello" => Some(Bytes::from_static(HELLO.as_bytes())),
        "/read" => token(request).and_then(|token| store.read(token)).map(Bytes::from),
        "/add" => token(request).and_then(|token| store.add(token)).map(Bytes::from),
        "/make" => return make(store),
        _ => None,
    };
    let status = if found.is_some() { 200 } else { 404 };
    let mut response = Response::new(Full::new(found.unwrap_or_default()));
    *response.status_mut() = status.try_into().expect("a status");
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

fn make(store: &dyn Store) -> Response<Full<Bytes>> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("random bytes");
    let token = URL_SAFE_NO_PAD.encode(bytes);
    let cookie = format!("session={token}; HttpOnly; SameSite=Lax; Path=/");
    let data = keys().into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    store.make(token, data);
    let mut response = Response::new(Full::new(Bytes::from_static(HELLO.as_bytes())));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    headers.insert(SET_COOKIE, HeaderValue::from_str(&cookie).expect("a header"));
    response
}

fn main() {
    Args::read().serve(async |listener, args| {
        let folder = args.folder;
        let store: Arc<dyn Store> = match args.store.as_str() {
            "map" => Arc::new(InMap::default()),
            "file" => Arc::new(InFiles { folder, rename: false }),
            "rename" => Arc::new(InFiles { folder, rename: true }),
            other => panic!("no store `{other}`; map, file or rename"),
        };
        loop {
            let (stream, _) = listener.accept().await.expect("accepts");
            let _ = stream.set_nodelay(true);
            let store = Arc::clone(&store);
            let service = service_fn(move |request| {
                let response = answer(&*store, &request);
                async { Ok::<_, Infallible>(response) }
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
}
