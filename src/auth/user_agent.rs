//! Browsers and systems by their `User-Agent`, as people call them.
//!
//! Two tables and no crate: browsers have frozen the format, and all that a list of devices needs is which of some twenty
//! words is there. The crates either have not been updated for years or parse with thousands of regular expressions.

/// What a browser's header has, and what it is called. The first that is found counts: most say that they are others too.
const BROWSERS: [(&str, &str); 22] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("Edge/", "Edge"),
    ("OPR/", "Opera"),
    ("OPT/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("YaBrowser/", "Yandex Browser"),
    ("UCBrowser/", "UC Browser"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("Ddg/", "DuckDuckGo"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Trident/", "Internet Explorer"),
    ("MSIE ", "Internet Explorer"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("Wget/", "Wget"),
];

/// iPhones say that they are like a Mac, and Android that it is a Linux.
const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
    ("BSD", "BSD"),
];

/// The browser and the system of a `User-Agent`, where they are known.
pub(super) fn parse(header: &str) -> (Option<&'static str>, Option<&'static str>) {
    (first(&BROWSERS, header), first(&SYSTEMS, header))
}

fn first(table: &[(&str, &'static str)], header: &str) -> Option<&'static str> {
    table.iter().find(|(word, _)| header.contains(word)).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn browsers_and_systems_have_the_names_that_people_know() {
        let webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
        let windows = format!(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) {webkit} Chrome/141.0.0.0 Safari/537.36"
        );
        let android = format!("Mozilla/5.0 (Linux; Android 10; K) {webkit}");
        let iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
        let mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)";
        let cases = [
            (windows.clone(), "Chrome", "Windows"),
            (format!("{windows} Edg/141.0.0.0"), "Edge", "Windows"),
            (format!("{windows} OPR/125.0.0.0"), "Opera", "Windows"),
            (format!("{windows} Vivaldi/7.6.3797.63"), "Vivaldi", "Windows"),
            (format!("{android} Chrome/141.0.0.0 Mobile Safari/537.36"), "Chrome", "Android"),
            (format!("{android} Chrome/141.0.0.0 Mobile Safari/537.36 EdgA/141.0.0.0"), "Edge", "Android"),
            (format!("{android} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36"), "Samsung Internet", "Android"),
            ("Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0".into(), "Firefox", "Android"),
            (format!("{iphone} Version/18.6 Mobile/15E148 Safari/604.1"), "Safari", "iPhone"),
            (format!("{iphone} CriOS/141.0.0.0 Mobile/15E148 Safari/604.1"), "Chrome", "iPhone"),
            (format!("{iphone} FxiOS/145.0 Mobile/15E148 Safari/604.1"), "Firefox", "iPhone"),
            (format!("{iphone} Version/18.0 EdgiOS/141.0.0.0 Mobile/15E148 Safari/604.1"), "Edge", "iPhone"),
            (format!("{mac} Version/26.0 Safari/605.1.15"), "Safari", "macOS"),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0".into(), "Firefox", "macOS"),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0".into(), "Firefox", "Linux"),
            (format!("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {webkit} Chrome/141.0.0.0 Safari/537.36"), "Chrome", "ChromeOS"),
            ("Mozilla/5.0 (Windows NT 10.0; Trident/7.0; rv:11.0) like Gecko".into(), "Internet Explorer", "Windows"),
        ];
        for (header, browser, system) in cases {
            assert_eq!(parse(&header), (Some(browser), Some(system)), "{header}");
        }
        assert_eq!(parse("curl/8.14.1"), (Some("curl"), None));
        for unknown in ["", "-", "<script>alert(1)</script>"] {
            assert_eq!(parse(unknown), (None, None));
        }
    }
}
