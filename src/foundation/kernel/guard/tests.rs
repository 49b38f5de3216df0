use super::*;
use crate::foundation::HttpConfig;

struct Admitted {
    parts: Parts,
    arrival: Arrival,
}

impl Admitted {
    fn path(&self) -> String {
        self.arrival.path(&self.parts.uri).to_owned()
    }

    fn host(&self) -> String {
        self.arrival.host(&self.parts.headers).to_owned()
    }
}

fn admitted(
    target: &str,
    headers: &[(&'static str, &str)],
    config: &HttpConfig,
) -> Result<Admitted, u16> {
    let mut request = http::Request::builder().uri(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (parts, ()) = request.body(()).expect("a request").into_parts();
    let peer = SocketAddr::from(([10, 0, 0, 9], 4000));
    let trust = Trust::new(config).expect("it parses");
    let arrival = admit(&parts, Some(peer), &trust).map_err(|refused| refused.status)?;
    Ok(Admitted { parts, arrival })
}

fn path_of(target: &str) -> Result<String, u16> {
    let admitted = admitted(target, &[("host", "a.test")], &HttpConfig::default());
    admitted.map(|head| head.path())
}

#[test]
fn paths_are_decoded_once_and_lose_their_last_slash() {
    assert_eq!(path_of("/"), Ok("/".to_owned()));
    assert_eq!(path_of("/photos/5/?x=1"), Ok("/photos/5".to_owned()));
    assert_eq!(path_of("/caf%C3%A9/%2541"), Ok("/café/%41".to_owned()));
    assert_eq!(path_of("/a%2Fb"), Ok(format!("/a{ENCODED_SLASH}b")));
    assert_eq!(path_of("/App%5CUser/a\\b"), Ok("/App\\User/a\\b".to_owned()));
}

#[test]
fn a_plain_path_is_what_the_long_way_would_leave_alone() {
    for plain in ["/", "/a", "/photos/5", "/a.b/c.", "/~x/;y=1"] {
        assert!(is_plain(plain), "{plain}");
        assert_eq!(path_of(plain).as_deref(), Ok(plain));
    }
    for other in
        ["/a/", "//", "//a", "/a//b", "/.", "/..", "/.well-known", "/a/../b", "/%41", "/\\a"]
    {
        assert!(!is_plain(other), "{other}");
    }
    assert_eq!(path_of("/.well-known/x").as_deref(), Ok("/.well-known/x"));
    assert_eq!(path_of("/a//b").as_deref(), Ok("/a//b"));
}

#[test]
fn paths_that_mean_something_elsewhere_are_refused() {
    for target in [
        "//evil.test/p",
        "/a/../b",
        "/./a",
        "/%2e%2e/etc",
        "/a%00b",
        "/a%0d%0ab",
        "/a\\..\\b",
        "/..%5c..%5Cetc",
        "/%ff",
        "/..%2f..%2fetc",
        "/a/..",
    ] {
        assert_eq!(path_of(target), Err(400), "{target}");
    }
    assert_eq!(path_of(&format!("/{}", "a".repeat(9_000))), Err(414));
}

#[test]
fn exactly_one_host_is_named() {
    let config = HttpConfig::default();
    assert_eq!(admitted("/", &[], &config).map(|h| h.host()), Err(400));
    assert_eq!(admitted("/", &[("host", "a"), ("host", "b")], &config).map(|h| h.host()), Err(400));
    assert_eq!(admitted("/", &[("host", "a b")], &config).map(|h| h.host()), Err(400));
    assert_eq!(
        admitted("http://a.test/", &[("host", "b.test")], &config).map(|h| h.host()),
        Err(400)
    );
    assert_eq!(
        admitted("http://a.test/", &[("host", "a.test")], &config).map(|h| h.host()),
        Ok("a.test".into())
    );
}

#[test]
fn forwarded_headers_count_only_from_a_trusted_proxy() {
    let headers = [
        ("host", "inner"),
        ("x-forwarded-for", "6.6.6.6, 203.0.113.7, 10.0.0.2"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "a.test"),
    ];
    let head = admitted("/", &headers, &HttpConfig::default()).expect("admitted");
    assert_eq!((head.arrival.scheme, &*head.host()), ("http", "inner"));
    assert_eq!(head.arrival.ip, Some([10, 0, 0, 9].into()));
    let trusting =
        HttpConfig { trusted_proxies: vec!["10.0.0.0/8".into()], ..HttpConfig::default() };
    let head = admitted("/", &headers, &trusting).expect("admitted");
    assert_eq!((head.arrival.scheme, &*head.host()), ("https", "a.test"));
    assert_eq!(head.arrival.ip, Some([203, 0, 113, 7].into()));
}

fn ip_behind(proxies: &[&str], forwarded: &[&[u8]]) -> String {
    let mut request = http::Request::builder().uri("/").header("host", "a.test");
    for line in forwarded {
        request = request.header("x-forwarded-for", *line);
    }
    let (parts, ()) = request.body(()).expect("a request").into_parts();
    let trusted_proxies = proxies.iter().map(|proxy| (*proxy).to_owned()).collect();
    let config = HttpConfig { trusted_proxies, ..HttpConfig::default() };
    let peer = SocketAddr::from(([10, 0, 0, 9], 4000));
    let trust = Trust::new(&config).expect("it parses");
    let arrival = admit(&parts, Some(peer), &trust).expect("admitted");
    arrival.ip.expect("an address").to_string()
}

#[test]
fn a_star_trusts_the_peer_and_no_address_that_a_header_names() {
    for (proxies, forwarded, ip) in [
        // A visitor may write whatever stands left of what the peer has added.
        (&["*"][..], &[&b"6.6.6.6, 203.0.113.7"[..]][..], "203.0.113.7"),
        (&["*"], &[b"6.6.6.6", b"203.0.113.7"], "203.0.113.7"),
        (&["*"], &[b"6.6.6.6, nonsense"], "10.0.0.9"),
        (&["*"], &[], "10.0.0.9"),
        // Proxies between the peer and the visitor have to be named.
        (&["*"], &[b"6.6.6.6, 203.0.113.7, 192.0.2.1"], "192.0.2.1"),
        (&["*", "192.0.2.0/24"], &[b"6.6.6.6, 203.0.113.7, 192.0.2.1"], "203.0.113.7"),
        (&["10.0.0.0/8"], &[b"6.6.6.6, 203.0.113.7, 10.0.0.2"], "203.0.113.7"),
    ] {
        assert_eq!(ip_behind(proxies, forwarded), ip, "{proxies:?} {forwarded:?}");
    }
}

#[test]
fn bytes_that_are_not_ascii_hide_no_entry_behind_them() {
    for line in [&b"\xff, 203.0.113.7"[..], "é, 203.0.113.7".as_bytes()] {
        assert_eq!(ip_behind(&["*"], &[b"6.6.6.6", line]), "203.0.113.7");
    }
    assert_eq!(ip_behind(&["*"], &[b"6.6.6.6", b"\xff"]), "10.0.0.9");
}

#[test]
fn https_can_be_forced() {
    let config = HttpConfig { force_https: true, ..HttpConfig::default() };
    let head = admitted("/", &[("host", "a.test")], &config).expect("admitted");
    assert_eq!(head.arrival.scheme, "https");
}

#[test]
fn two_lengths_are_refused() {
    let headers = [("host", "a"), ("content-length", "5"), ("transfer-encoding", "chunked")];
    for (kept, accepted) in [(&headers[..2], true), (&headers[..], false)] {
        let head = admitted("/", kept, &HttpConfig::default()).expect("admitted so far");
        assert_eq!(admit_body(&head.parts.headers).is_ok(), accepted);
    }
}

/// A request through the proxies 10.0.0.0/8 with these headers.
fn through_proxies(headers: &[(&'static str, &str)]) -> Admitted {
    let trusting =
        HttpConfig { trusted_proxies: vec!["10.0.0.0/8".into()], ..HttpConfig::default() };
    admitted("/", &[&[("host", "inner:8000")], headers].concat(), &trusting).expect("admitted")
}

#[test]
fn a_forwarded_address_may_have_a_port() {
    for (forwarded, ip) in [
        ("203.0.113.7:51234", "203.0.113.7"),
        ("[2001:db8::7]:443", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("2001:db8::7", "2001:db8::7"),
        ("[::ffff:203.0.113.7]:1", "203.0.113.7"),
        ("6.6.6.6, 203.0.113.7:51234, 10.0.0.2:80", "203.0.113.7"),
        ("203.0.113.7:99999", "10.0.0.9"),
        ("203.0.113.7:", "10.0.0.9"),
        ("unknown", "10.0.0.9"),
    ] {
        let head = through_proxies(&[("x-forwarded-for", forwarded)]);
        assert_eq!(head.arrival.ip, ip.parse().ok(), "{forwarded}");
    }
}

#[test]
fn scheme_host_port_and_prefix_are_those_of_the_hop_that_saw_the_visitor() {
    let head = through_proxies(&[
        ("x-forwarded-for", "6.6.6.6, 203.0.113.7, 10.0.0.2"),
        ("x-forwarded-proto", "gopher, https, http"),
        ("x-forwarded-host", "evil.test, a.test, inner"),
        ("x-forwarded-port", "1, 8443, 8000"),
        ("x-forwarded-prefix", "/evil, /app, /inner"),
    ]);
    assert_eq!((head.arrival.scheme, &*head.host()), ("https", "a.test:8443"));
    assert_eq!(head.arrival.prefix.as_deref(), Some("/app"));
    // One proxy: whatever stands left of its own entry comes from the visitor.
    let head = through_proxies(&[
        ("x-forwarded-for", "6.6.6.6, 203.0.113.7"),
        ("x-forwarded-proto", "https, http"),
        ("x-forwarded-host", "evil.test, a.test"),
    ]);
    assert_eq!((head.arrival.scheme, &*head.host()), ("http", "a.test"));
    // The inner proxy passed on what the outer one had set.
    let head = through_proxies(&[
        ("x-forwarded-for", "203.0.113.7, 10.0.0.3, 10.0.0.2"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "a.test"),
    ]);
    assert_eq!((head.arrival.scheme, &*head.host()), ("https", "a.test"));
}

#[test]
fn a_forwarded_port_replaces_that_of_the_host_and_default_ports_are_left_out() {
    let host = |host: &str, port: &str| {
        through_proxies(&[("x-forwarded-host", host), ("x-forwarded-port", port)]).host()
    };
    assert_eq!(host("a.test", "8443"), "a.test:8443");
    assert_eq!(host("a.test:1", "8443"), "a.test:8443");
    assert_eq!(host("[2001:db8::7]", "8443"), "[2001:db8::7]:8443");
    assert_eq!(host("[2001:db8::7]:1", "443"), "[2001:db8::7]");
    for port in ["443", "80", "0"] {
        assert_eq!(host("a.test:8000", port), "a.test", "{port}");
    }
    for odd in ["", "x", "99999", "-1", "8443/evil.test"] {
        assert_eq!(host("a.test:8000", odd), "a.test:8000", "{odd}");
    }
    assert_eq!(through_proxies(&[("x-forwarded-port", "8443")]).host(), "inner:8443");
}

#[test]
fn a_prefix_that_is_not_a_plain_path_is_left_out() {
    let prefix = |text: &str| through_proxies(&[("x-forwarded-prefix", text)]).arrival.prefix;
    assert_eq!(prefix("/app").as_deref(), Some("/app"));
    assert_eq!(prefix("/a/b-1/").as_deref(), Some("/a/b-1"));
    for odd in
        ["", "/", "//", "app", "//evil.test", "/a//b", "/..", "/a/../b", "/a?b", "/a#b", "/\\e"]
    {
        assert_eq!(prefix(odd), None, "{odd}");
    }
    let head = admitted(
        "/",
        &[("host", "a.test"), ("x-forwarded-prefix", "/app")],
        &HttpConfig::default(),
    );
    assert_eq!(head.expect("admitted").arrival.prefix, None);
}

#[test]
fn a_raw_control_character_is_refused_as_an_encoded_one_is() {
    for path in ["/a\u{85}b", "/\u{9b}31m", "/a%C2%85b"] {
        assert_eq!(path_of(path), Err(400), "{path:?}");
    }
    assert_eq!(path_of("/caf\u{e9}/\u{a9}").as_deref(), Ok("/caf\u{e9}/\u{a9}"));
}

#[test]
fn a_host_is_a_name_and_a_port() {
    for host in ["a.test", "a.test:80", "a.test:", "[::1]", "[::1]:8000", "127.0.0.1:1"] {
        assert!(is_host(host.as_bytes()), "{host}");
    }
    for host in ["a%00b", "a:b:c", "a:b", "a:1:2", ":80", "[::1", "::1", "[::1]x", "a[b]", "a]"] {
        assert!(!is_host(host.as_bytes()), "{host}");
    }
}

#[test]
fn a_target_of_another_scheme_is_refused() {
    let of = |target: &str| {
        admitted(target, &[("host", "a.test")], &HttpConfig::default()).map(|head| head.path())
    };
    assert_eq!(of("http://a.test/x").as_deref(), Ok("/x"));
    assert_eq!(of("ftp://a.test/x"), Err(400));
}

#[test]
fn a_body_in_a_coding_beside_chunked_is_refused() {
    let of = |coding: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert(TRANSFER_ENCODING, HeaderValue::from_static(coding));
        admit_body(&headers).map_err(|refused| refused.status)
    };
    assert_eq!(of("Chunked"), Ok(()));
    assert_eq!(of("gzip, chunked"), Err(501));
}
