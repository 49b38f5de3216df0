//! What somebody may have meant.

/// Up to three of the known names that are close to the wanted one, the closest first.
pub(super) fn near<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = wanted.to_lowercase();
    let mut close: Vec<(usize, &str)> = known
        .into_iter()
        .filter_map(|name| {
            let distance = distance(&wanted, &name.to_lowercase());
            let is_part = wanted.len() > 2 && name.contains(&wanted);
            (is_part || distance <= 1 + wanted.chars().count() / 4).then_some((distance, name))
        })
        .collect();
    close.sort();
    close.truncate(3);
    close.into_iter().map(|(_, name)| name).collect()
}

/// How many letters must be added, removed or changed (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_finds_its_neighbours_and_no_strangers() {
        let known = ["session.lifetime", "session.driver", "app.name"];
        assert_eq!(near("sesion.lifetme", known), ["session.lifetime"]);
        assert_eq!(near("driver", known), ["session.driver"]);
        assert!(near("mail.host", known).is_empty());
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
