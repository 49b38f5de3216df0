use super::*;

/// A file with slots for `capacity` bytes that holds `payloads` as its versions 1, 2, 3 and so on.
fn file(capacity: usize, payloads: &[&[u8]]) -> Vec<u8> {
    let mut file = head(capacity).to_vec();
    file.resize(file_len(capacity), 0);
    for (number, payload) in (1..).zip(payloads) {
        let offset = SLOTS + (number + 1) % 2 * (SLOT_HEAD + capacity);
        put(&mut file, offset, &slot(number as u64, 100 + number as u64, payload));
    }
    file
}

fn put(file: &mut [u8], offset: usize, bytes: &[u8]) {
    file[offset..offset + bytes.len()].copy_from_slice(bytes);
}

fn record(file: &[u8]) -> Record {
    match decode(file) {
        Image::Record(record) => record,
        other => panic!("{other:?} where a record should be"),
    }
}

#[test]
fn the_valid_slot_with_the_higher_version_is_the_record() {
    for newest in 1..6 {
        let payloads: Vec<Vec<u8>> = (1..=newest).map(|number| vec![number; 9]).collect();
        let file = file(20, &payloads.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let record = record(&file);
        assert_eq!((record.version, record.deadline), (newest.into(), 100 + u64::from(newest)));
        assert_eq!(file[record.payload.clone()], vec![newest; 9]);
        assert!(!(record.spare..record.spare + 44).contains(&record.payload.start));
        assert!(!record.unsure);
    }
}

#[test]
fn a_slot_that_was_cut_short_anywhere_leaves_the_record_before_it() {
    let before = file(40, &[b"first", b"second, which was acknowledged"]);
    let spare = record(&before).spare;
    let next = slot(3, 900, b"third, which was cut short");
    for cut in 0..next.len() {
        let mut torn = before.clone();
        put(&mut torn, spare, &next[..cut]);
        let record = record(&torn);
        assert_eq!((record.version, record.deadline), (2, 102), "cut after {cut} bytes");
        assert_eq!(&torn[record.payload], b"second, which was acknowledged");
    }
}

/// Copied while the file held versions 3 and 4, then overtaken: 5 was written behind the reader's back, and 6 before it.
#[test]
fn a_reader_that_two_writers_overtook_does_not_take_the_record_before_last_for_the_record() {
    let before = file(40, &[b"first", b"second", b"third", b"fourth"]);
    let overtaking = record(&before).spare;
    assert_eq!(overtaking, SLOTS, "the fourth lies in the second slot");
    let sixth = slot(6, 106, b"sixth, longer than the fourth");
    for cut in 0..=sixth.len() {
        let mut seen = before.clone();
        put(&mut seen, SLOTS + SLOT_HEAD + 40, &sixth[..cut]);
        let record = record(&seen);
        assert!(record.unsure || record.version == 4, "version {} at {cut}", record.version);
    }
}

#[test]
fn any_flipped_bit_of_a_slot_is_noticed() {
    let whole = file(40, &[b"only"]);
    for place in SLOTS..SLOTS + SLOT_HEAD + 4 {
        for bit in 0..8 {
            let mut flipped = whole.clone();
            flipped[place] ^= 1 << bit;
            assert_eq!(decode(&flipped), Image::Damaged, "byte {place}, bit {bit}");
        }
    }
}

#[test]
fn any_flipped_bit_of_the_header_is_noticed() {
    let whole = file(40, &[b"only"]);
    for place in 0..HEADER {
        let mut flipped = whole.clone();
        flipped[place] ^= 4;
        assert_eq!(decode(&flipped), Image::Damaged, "byte {place}");
    }
}

#[test]
fn a_touch_counts_for_the_version_that_it_names_only() {
    let mut file = file(40, &[b"one", b"two"]);
    for (version, deadline) in [(1, 102), (2, 7), (3, 102)] {
        let (offset, cell) = touch_cell(version, 7);
        put(&mut file, offset, &cell);
        assert_eq!(record(&file).deadline, deadline);
        assert!(!record(&file).unsure);
    }
}

#[test]
fn a_torn_touch_is_told_and_leaves_the_record() {
    let mut file = file(40, &[b"one"]);
    put(&mut file, CELL.start, &touch_cell(1, 7).1[..9]);
    let record = record(&file);
    assert_eq!((record.deadline, record.unsure), (101, true));
}

#[test]
fn a_file_without_a_header_is_no_record() {
    let mut cut_short = file(40, &[b"one"]);
    cut_short[..SLOTS].fill(0);
    assert_eq!(decode(&cut_short), Image::Absent);
    assert_eq!(decode(b""), Image::Absent);
    assert_eq!(decode(b"*\n!.gitignore\n"), Image::Damaged);
}

#[test]
fn a_file_that_was_cut_off_is_read_as_far_as_it_goes() {
    let whole = file(40, &[b"one", b"two"]);
    assert_eq!(record(&whole[..SLOTS + SLOT_HEAD + 3]).version, 1);
    for length in 1..SLOTS + SLOT_HEAD + 3 {
        assert_eq!(decode(&whole[..length]), Image::Damaged, "{length} bytes");
    }
}

#[test]
fn capacities_fill_files_of_a_power_of_two() {
    for (payload, length) in [(0, 4096), (1992, 4096), (1993, 8192), (1 << 20, 4 << 20)] {
        let capacity = capacity_for(payload);
        assert!(capacity >= payload);
        assert_eq!(file_len(capacity), length, "for {payload} bytes");
    }
}
