//! What a request may cost.

use serde::Serialize;

/// How much of a request's body is accepted. Sizes are in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// The largest body that is not a multipart form, and the most text in the fields of one. Default: 2 MiB.
    pub body: u64,
    /// The largest multipart form, files included. Default: 20 MiB.
    pub upload: u64,
    /// The largest single uploaded file. Default: 10 MiB.
    pub file: u64,
    /// The most fields of a form, or parts of a multipart form. Default: 1,000.
    pub fields: usize,
    /// The most values in JSON: members of objects and elements of lists, all together. Default: 10,000, which take at
    /// most 10 MB once they are parsed.
    pub json_values: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body: 2 << 20, upload: 20 << 20, file: 10 << 20, fields: 1_000, json_values: 10_000 }
    }
}
