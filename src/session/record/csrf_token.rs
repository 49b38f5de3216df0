//! The CSRF token of a session.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ctutils::CtEq;

/// What a form of ours carries and another site cannot know: 16 bytes from the operating system.
///
/// It lies in the head of the record and not among the values: asking for it changes nothing, so two pages that
/// ask at once get the same one.
#[derive(Clone, Copy)]
pub(crate) struct CsrfToken([u8; CsrfToken::BYTES]);

impl CsrfToken {
    pub(crate) const BYTES: usize = 16;

    pub(crate) fn mint() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; Self::BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    pub(crate) fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    pub(super) fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    pub(crate) fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Compares in constant time (OWASP ASVS 5.0, 11.2.4).
    pub(crate) fn is(&self, text: &str) -> bool {
        self.text().as_bytes().ct_eq(text.as_bytes()).to_bool()
    }
}

impl fmt::Debug for CsrfToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CsrfToken(********)")
    }
}
