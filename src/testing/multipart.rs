//! Forms with files.

use bytes::Bytes;

/// A `multipart/form-data` body, for tests of uploads.
///
/// ```
/// use lunox::testing::Multipart;
///
/// let form = Multipart::new().text("title", "Lake").file("photo", "lake.png", "image/png", [0x89, 0x50]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Multipart(Vec<u8>);

const BOUNDARY: &str = "lunox-test-boundary-7f1c0d9a";

impl Multipart {
    /// A form without fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field of text.
    #[must_use]
    pub fn text(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let head = format!("form-data; name=\"{}\"", quoted(name));
        self.part(&head, None, value.as_ref())
    }

    /// Adds a file with the name and media type that a visitor claims.
    #[must_use]
    pub fn file(self, name: &str, file_name: &str, mime: &str, bytes: impl AsRef<[u8]>) -> Self {
        let head =
            format!("form-data; name=\"{}\"; filename=\"{}\"", quoted(name), quoted(file_name));
        self.part(&head, Some(mime), bytes.as_ref())
    }

    fn part(mut self, disposition: &str, mime: Option<&str>, bytes: &[u8]) -> Self {
        let mut head = format!("--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n");
        if let Some(mime) = mime {
            head.push_str(&format!("Content-Type: {mime}\r\n"));
        }
        self.0.extend_from_slice(head.as_bytes());
        self.0.extend_from_slice(b"\r\n");
        self.0.extend_from_slice(bytes);
        self.0.extend_from_slice(b"\r\n");
        self
    }

    /// The value of `Content-Type` and the body.
    pub fn build(mut self) -> (String, Bytes) {
        self.0.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        (format!("multipart/form-data; boundary={BOUNDARY}"), self.0.into())
    }
}

/// As browsers write names (HTML, "multipart form data").
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}
