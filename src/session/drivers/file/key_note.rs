//! Which APP_KEYs the sessions of a folder were made under, so that a boot with another one is noticed.
//!
//! The file `.app-keys` in the folder has a line for each key: its fingerprint, and since when another one has taken its
//! place, in unix seconds; 0 for the one in use. A fingerprint is an HMAC, from which nobody learns the key.

use std::fmt::Write as _;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use super::system;
use crate::encryption::Keyring;

const NAME: &str = ".app-keys";

/// No file of ours is longer.
const LONGEST: u64 = 64 * 1024;

/// Notes the key in use. Returns whether sessions may be left of a key that is neither this nor a previous one.
pub(crate) fn note_key(dir: &Path, keys: &Keyring, now: u64, kept_for: u64) -> io::Result<bool> {
    let known: Vec<String> = fingerprints(keys);
    let Some(current) = known.first() else { return Ok(false) };
    let before = read(&dir.join(NAME))?;
    let mut lines: Vec<(String, u64)> = before
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter_map(|(fingerprint, since)| Some((fingerprint.to_owned(), since.parse().ok()?)))
        .filter(|(fingerprint, _)| fingerprint != current)
        .map(|(fingerprint, since)| (fingerprint, if since == 0 { now } else { since }))
        // Until then, a session may live that was made under it.
        .filter(|(_, since)| now < since.saturating_add(kept_for))
        .collect();
    let is_lost = lines.iter().any(|(fingerprint, _)| !known.contains(fingerprint));
    lines.push((current.clone(), 0));
    let mut after = String::new();
    for (fingerprint, since) in lines {
        let _ = writeln!(after, "{fingerprint} {since}");
    }
    if after != before {
        write(dir, &after)?;
    }
    Ok(is_lost)
}

/// Of the key in use, then of the previous ones.
fn fingerprints(keys: &Keyring) -> Vec<String> {
    let signer = keys.signer("fingerprint of the key");
    let fingerprint = |signature: [u8; 32]| {
        signature[..16].iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    };
    signer.sign_under_each(b"").map(fingerprint).collect()
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    match system::open_to_peek(path)? {
        None => Ok(text),
        Some(file) => match file.take(LONGEST).read_to_string(&mut text) {
            // Damaged: it is written anew.
            Err(error) if error.kind() == ErrorKind::InvalidData => Ok(String::new()),
            read => read.map(|_| text),
        },
    }
}

/// Written aside and renamed, so that nobody reads half of it.
fn write(dir: &Path, text: &str) -> io::Result<()> {
    let temporary = dir.join(format!("{NAME}.{}", std::process::id()));
    let file = system::make_anew(&temporary)?;
    let written = system::write_at(&file, text.as_bytes(), 0)
        .and_then(|()| std::fs::rename(&temporary, dir.join(NAME)));
    if written.is_err() {
        // On a full disk it would stay.
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encryption::AppKey;

    #[test]
    fn a_key_that_is_neither_in_use_nor_a_previous_one_is_noticed_while_its_sessions_may_live() {
        let folder = tempfile::tempdir().unwrap();
        let [first, second] = [(); 2].map(|()| AppKey::generate().unwrap());
        let keys = |current: &AppKey, previous: Option<&AppKey>| {
            Keyring::new(current.clone(), previous.cloned())
        };
        let lost = |keys: &Keyring, now| note_key(folder.path(), keys, now, 100).unwrap();
        assert!(!lost(&keys(&first, None), 10), "nothing was there");
        assert!(!lost(&keys(&first, None), 20));
        assert!(lost(&keys(&second, None), 30), "the first one is missing");
        assert!(lost(&keys(&second, None), 40), "at each boot");
        assert!(!lost(&keys(&second, Some(&first)), 50), "it was named");
        assert!(lost(&keys(&second, None), 129));
        assert!(!lost(&keys(&second, None), 130), "its sessions have ended");
        let text = std::fs::read_to_string(folder.path().join(NAME)).unwrap();
        assert_eq!(text.lines().count(), 1);
        assert!(!text.contains(second.to_env().trim_start_matches("base64:")));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_its_place_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keyring::new(AppKey::generate().unwrap(), []);
        std::os::unix::fs::symlink("/etc/hostname", folder.path().join(NAME)).unwrap();
        assert!(note_key(folder.path(), &keys, 1, 1).is_err());
    }
}
