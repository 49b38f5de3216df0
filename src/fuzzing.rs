//! What holds for all bytes that a decoder is given: the targets in `fuzz/` and a property test here try it.

use std::sync::LazyLock;

use http::header::{COOKIE, HeaderMap, HeaderValue};
use serde_json::Value;
use tempfile::TempDir;

use crate::http::input::{FormLimits, parse_form};
use crate::http::raw_cookies;
use crate::http::uploads::{UploadLimits, read_multipart};
use crate::session::record_of_any_bytes;
use crate::support::dot::JsonMap;

/// A record is decoded or refused, and what was decoded is what would be stored.
pub fn record(bytes: &[u8]) {
    record_of_any_bytes(bytes);
}

/// A session's data is what serde_json reads, or both refuse it; whatever key is looked up.
pub fn json(bytes: &[u8]) {
    crate::session::data_of_any_bytes(bytes);
}

/// A form is parsed or refused, within its limits.
pub fn form(bytes: &[u8]) {
    let limits = FormLimits { pairs: 20, ..FormLimits::default() };
    if let Ok(fields) = parse_form(bytes, &limits) {
        assert!(leaves(&fields) <= limits.pairs, "{fields:?}");
        // What it holds is text and what it is nested in: it goes through JSON unchanged.
        let text = serde_json::to_string(&fields).expect("JSON");
        assert_eq!(serde_json::from_str::<JsonMap>(&text).expect("JSON"), fields);
    }
}

fn leaves(map: &JsonMap) -> usize {
    fn count(value: &Value) -> usize {
        match value {
            Value::Object(map) => map.values().map(count).sum(),
            Value::Array(list) => list.iter().map(count).sum(),
            _ => 1,
        }
    }
    map.values().map(count).sum()
}

/// A multipart form is read or refused, within its limits, in whatever pieces it arrives, and leaves no file behind. The boundary is
/// `x`; the first byte says how long the pieces are.
pub fn multipart(bytes: &[u8]) {
    let (length, bytes) =
        bytes.split_first().map_or((1, bytes), |(first, rest)| (usize::from(*first) + 1, rest));
    static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder"));
    let folder = FOLDER.path();
    let limits = UploadLimits {
        total: 4_096,
        file: 1_024,
        field: 1_024,
        text: 2_048,
        parts: 8,
        name: 64,
        directory: Some(folder.to_owned()),
    };
    let pieces: Vec<Result<_, std::io::Error>> =
        bytes.chunks(length).map(|piece| Ok(bytes::Bytes::copy_from_slice(piece))).collect();
    let body = Pieces(pieces.into_iter());
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let read = runtime.block_on(read_multipart(body, "multipart/form-data; boundary=x", &limits));
    if let Ok(input) = &read {
        assert!(leaves(&input.fields) + input.files.len() <= limits.parts);
        for (_, file) in &input.files {
            assert!(file.size() <= limits.file);
            assert_eq!(std::fs::metadata(file.path()).expect("there").len(), file.size());
        }
    }
    drop(read);
    assert_eq!(std::fs::read_dir(folder).expect("a folder").count(), 0);
}

struct Pieces<I>(I);

impl<I: Iterator + Unpin> futures_core::Stream for Pieces<I> {
    type Item = I::Item;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<I::Item>> {
        std::task::Poll::Ready(self.0.next())
    }
}

/// Nothing in a cookie header hides a cookie that stands behind it, and no value has what ends one.
pub fn cookies(bytes: &[u8]) {
    let Ok(before) = HeaderValue::from_bytes(bytes) else { return };
    let mut headers = HeaderMap::new();
    headers.append(COOKIE, before);
    let found: Vec<String> = raw_cookies(&headers, "sid").map(str::to_owned).collect();
    assert!(found.iter().all(|value| !value.contains(';')), "{found:?}");
    headers.append(COOKIE, HeaderValue::from_static("sid=ours"));
    let more: Vec<&str> = raw_cookies(&headers, "sid").collect();
    assert_eq!(more.last(), Some(&"ours"));
    assert_eq!(more.len(), found.len() + 1);
    let joined = [bytes, b"; sid=ours"].concat();
    let mut headers = HeaderMap::new();
    headers.append(COOKIE, HeaderValue::from_bytes(&joined).expect("a header"));
    assert_eq!(raw_cookies(&headers, "sid").last(), Some("ours"));
    crate::session::token_of_any_text(&found);
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;
    use proptest::test_runner::{Config, TestRunner};

    use super::*;

    /// Samples, of which the bytes that are tried are a few changes away.
    const RECORD: &[u8] = &[0; 120];
    const JSON: &[u8] = br#"{"a":1,"b.c":{"d":[true,null,"x\n\u00e9"]},"_flash":{"new":[],"old":["a"]},"a":-2.5e+10}"#;
    const FORM: &[u8] = b"a=1&b[]=2&b[]=%C3%A9&c[d][e]=x+y&_method=PUT&b[7]=&=&c=%zz";
    const PARTS: &[u8] = b"\x10--x\r\nContent-Disposition: form-data; name=\"a[b]\"\r\n\r\ntext\r\n--x\r\nContent-Disposition: form-data; \
        name=\"f\"; filename*=UTF-8''%e2%82%ac.png; filename=\"x.png\"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n--\r\n--x--\r\n";
    const COOKIES: &[u8] = b"a=1; sid=\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"; sid = x;;sid;=; sid=\xff; __Host-sid=1";

    /// Its name, what must hold, and a sample.
    type Target = (&'static str, fn(&[u8]), &'static [u8]);

    type Change = (prop::sample::Index, u8, u8);

    fn changed(sample: &[u8], changes: &[Change]) -> Vec<u8> {
        let mut bytes = sample.to_vec();
        for (place, what, byte) in changes {
            let at = place.index(bytes.len() + 1);
            match what % 5 {
                0 => bytes.insert(at, *byte),
                1 if at < bytes.len() => drop(bytes.remove(at)),
                2 if at < bytes.len() => bytes[at] = *byte,
                3 => bytes.truncate(at),
                // Some of it once more.
                _ => {
                    let part = bytes[at..].to_vec();
                    bytes.extend(part.into_iter().take(usize::from(*byte)));
                }
            }
        }
        bytes
    }

    /// Tries each decoder for a second, or for LUNOX_FUZZ_SECONDS in all; the seed of a failure is in its message.
    #[test]
    fn no_bytes_break_a_decoder() {
        let targets: [Target; 5] = [
            ("record", record, RECORD),
            ("json", json, JSON),
            ("form", form, FORM),
            ("multipart", multipart, PARTS),
            ("cookies", cookies, COOKIES),
        ];
        let seconds =
            std::env::var("LUNOX_FUZZ_SECONDS").map_or(1, |text| text.parse().expect("a number"));
        let each = Duration::from_secs(seconds) / targets.len() as u32;
        let config = Config { cases: 64, failure_persistence: None, ..Config::default() };
        for (name, check, sample) in targets {
            check(sample);
            let (mut runner, started, mut tried) =
                (TestRunner::new(config.clone()), Instant::now(), 0);
            let near = prop::collection::vec(any::<Change>(), 0..12)
                .prop_map(|changes| changed(sample, &changes));
            let bytes = prop_oneof![4 => near, 1 => prop::collection::vec(any::<u8>(), 0..300)];
            while started.elapsed() < each {
                let tried_now = runner.run(&bytes, |bytes| {
                    check(&bytes);
                    Ok(())
                });
                tried_now.unwrap_or_else(|error| panic!("{name}: {error}"));
                tried += config.cases;
            }
            println!("{name}: {tried} inputs");
        }
    }
}
