//! The `Content-Disposition` of a part: its name, and the visitor's name for a file.

use percent_encoding::percent_decode_str;

/// What a part calls itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Disposition {
    pub(super) name: String,
    pub(super) file_name: Option<String>,
}

/// Reads the header of a part (RFC 7578, 4.2), strictly: none when it leaves room for two readings.
///
/// Parsers that disagree about such a header let a file through as something else, so a name given twice or a
/// quote that does not end is refused and not guessed at.
pub(super) fn parse(header: &[u8]) -> Option<Disposition> {
    let header = std::str::from_utf8(header).ok()?;
    let (kind, mut rest) = header.split_at(header.find(';')?);
    if !kind.trim().eq_ignore_ascii_case("form-data") {
        return None;
    }
    let (mut name, mut file_name, mut extended) = (None, None, None);
    while let Some(parameter) = rest.strip_prefix(';') {
        if parameter.trim().is_empty() {
            break;
        }
        let (key, value) = parameter.split_once('=')?;
        let (value, after) = value_of(value.trim_start())?;
        rest = after.trim_start();
        let place = match key.trim().to_ascii_lowercase().as_str() {
            "name" => &mut name,
            "filename" => &mut file_name,
            "filename*" => &mut extended,
            _ => continue,
        };
        if place.replace(value).is_some() {
            return None;
        }
    }
    // RFC 7578 forbids `filename*`; some clients send it all the same, and alone.
    let file_name = match (file_name, extended) {
        (None, Some(extended)) => Some(decode_extended(&extended)?),
        (file_name, _) => file_name,
    };
    Some(Disposition { name: name?, file_name })
}

/// The value of a parameter, and what follows it: nothing, or the next semicolon.
fn value_of(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, after) = text.split_at(text.find(';').unwrap_or(text.len()));
        return Some((value.trim_end().to_owned(), after));
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => {
                let after = quoted[at + 1..].trim_start();
                return (after.is_empty() || after.starts_with(';')).then_some((value, after));
            }
            // Any other backslash is a letter: old browsers send whole Windows paths.
            '\\' => {
                let escaped = chars.next_if(|(_, next)| matches!(next, '"' | '\\'));
                value.push(escaped.map_or('\\', |(_, escaped)| escaped));
            }
            char => value.push(char),
        }
    }
    None
}

/// Decodes `utf-8''na%C3%AFve.txt` (RFC 8187).
fn decode_extended(text: &str) -> Option<String> {
    let (charset, rest) = text.split_once('\'')?;
    let (_language, value) = rest.split_once('\'')?;
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    Some(percent_decode_str(value).decode_utf8().ok()?.into_owned())
}

/// The visitor's name for a file, fit to be shown: no folders, no invisible characters, not too long.
pub(super) fn shown_name(sent: &str) -> String {
    let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let visible: String = last.chars().filter(|char| !is_invisible(*char)).collect();
    let name = visible.trim();
    if matches!(name, "." | "..") { String::new() } else { shortened(name) }
}

/// Control characters, and those that turn the direction of text so that `gpj.exe` reads `exe.jpg`.
fn is_invisible(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}')
        || matches!(char, '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

/// At most 255 characters, cut so that the extension stays.
fn shortened(name: &str) -> String {
    const LONGEST: usize = 255;
    let length = name.chars().count();
    if length <= LONGEST {
        return name.to_owned();
    }
    let end = extension_of(name).map(|extension| format!(".{extension}")).unwrap_or_default();
    name.chars().take(LONGEST - end.len()).collect::<String>() + &end
}

/// The extension of a name in lower case, if it is short and plain.
pub(super) fn extension_of(name: &str) -> Option<String> {
    let (stem, extension) = name.rsplit_once('.')?;
    let plain = (1..=16).contains(&extension.len())
        && extension.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (plain && !stem.is_empty()).then(|| extension.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> Option<(String, Option<String>)> {
        parse(header.as_bytes()).map(|it| (it.name, it.file_name))
    }

    fn file(name: &str, file_name: &str) -> Option<(String, Option<String>)> {
        Some((name.to_owned(), Some(file_name.to_owned())))
    }

    #[test]
    fn names_are_read_quoted_and_bare() {
        assert_eq!(read("form-data; name=\"a b\""), Some(("a b".into(), None)));
        assert_eq!(read("Form-Data ; NAME = a ; FileName=b.txt;"), file("a", "b.txt"));
        assert_eq!(
            read(r#"form-data; filename="x; name=evil"; name="a""#),
            file("a", "x; name=evil")
        );
        assert_eq!(read(r#"form-data; name="a\"b"; filename="""#), file("a\"b", ""));
        assert_eq!(read(r#"form-data; name=a; filename="C:\x\y.png""#), file("a", r"C:\x\y.png"));
        assert_eq!(read("form-data; name=a; filename*=UTF-8''na%C3%AFve"), file("a", "naïve"));
        assert_eq!(read("form-data; name=a; filename=b; filename*=UTF-8''c"), file("a", "b"));
    }

    #[test]
    fn headers_with_two_readings_are_refused() {
        for header in [
            "form-data",
            "attachment; name=a",
            "form-data; filename=a",
            "form-data; name=a; name=b",
            "form-data; name=a; filename=b; filename=c",
            "form-data; name=\"a",
            "form-data; name=\"a\"b",
            "form-data; name",
            "form-data; name=a; filename*=latin1''b",
            "form-data; name=a; filename*=UTF-8''%ff",
        ] {
            assert_eq!(read(header), None, "{header}");
        }
        assert_eq!(parse(b"form-data; name=\"\xff\""), None);
    }

    #[test]
    fn a_shown_name_has_no_folders_and_nothing_invisible() {
        for (sent, shown) in [
            ("photo.png", "photo.png"),
            (r"C:\x\y.png", "y.png"),
            ("../../etc/passwd", "passwd"),
            (r"..\..\x", "x"),
            ("/etc/", ""),
            ("..", ""),
            ("a/\0..", ""),
            ("a\0b\r\nc\u{7f}.txt", "abc.txt"),
            ("x\u{202e}gpj.exe", "xgpj.exe"),
            (" übung 1.txt ", "übung 1.txt"),
            (".htaccess", ".htaccess"),
        ] {
            assert_eq!(shown_name(sent), shown, "{sent:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_extension() {
        let shown = shown_name(&format!("{}.png", "ü".repeat(300)));
        assert_eq!(shown.chars().count(), 255);
        assert!(shown.ends_with("ü.png"));
        assert_eq!(shown_name(&"a".repeat(300)).len(), 255);
    }

    #[test]
    fn an_extension_is_short_and_plain() {
        assert_eq!(extension_of("a.PNG").as_deref(), Some("png"));
        assert_eq!(extension_of("a.tar.gz").as_deref(), Some("gz"));
        for name in ["", "a", "a.", ".htaccess", "a.p/h", "a.ü", "a.p p", "a.abcdefghijklmnopq"] {
            assert_eq!(extension_of(name), None, "{name}");
        }
    }
}
