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

fn decode_whole(file: &[u8]) -> Image {
    decode(&Contents::Whole(file))
}

fn record(file: &[u8]) -> FileRecord {
    match decode_whole(file) {
        Image::Record(record) => record,
        other => panic!("{other:?} where a record should be"),
    }
}

fn payload(file: &[u8]) -> Bytes {
    Contents::Whole(file).payload(&record(file))
}

#[test]
fn the_valid_slot_with_the_higher_version_is_the_record() {
    for newest in 1..6 {
        let payloads: Vec<Vec<u8>> = (1..=newest).map(|number| vec![number; 9]).collect();
        let file = file(20, &payloads.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let record = record(&file);
        assert_eq!((record.version, record.deadline), (newest.into(), 100 + u64::from(newest)));
        assert_eq!(payload(&file), vec![newest; 9]);
        assert!(!record.recovered);
        assert_eq!(record.is_unsure(), newest > 1, "the version before is to be erased");
    }
}

#[test]
fn a_slot_that_was_cut_short_anywhere_leaves_the_record_before_it() {
    let before = file(40, &[b"first", b"second, which was acknowledged"]);
    let spare = record(&before).spare_slot().start;
    let next = slot(3, 900, b"third, which was cut short");
    for cut in 0..next.len() {
        let mut torn = before.clone();
        put(&mut torn, spare, &next[..cut]);
        let record = record(&torn);
        assert_eq!((record.version, record.deadline), (2, 102), "cut after {cut} bytes");
        assert_eq!(payload(&torn), "second, which was acknowledged");
        // The ninth byte makes it version 3.
        assert_eq!(record.recovered, cut >= 9, "cut after {cut} bytes");
    }
}

/// A moment in the life of a file: its bytes, the last version that was acknowledged, and the last that was begun.
struct Moment {
    bytes: Vec<u8>,
    acknowledged: u64,
    begun: u64,
}

/// Replaces the record of a new file again and again, with payloads of a length that keeps the file.
fn life(length: usize, versions: u64) -> Vec<Moment> {
    let capacity = capacity_for(length);
    let mut bytes = file(capacity, &[&vec![b'1'; length]]);
    let mut life = vec![Moment { bytes: bytes.clone(), acknowledged: 1, begun: 1 }];
    for version in 2..=versions {
        let filler = u8::try_from(version).expect("few") + b'0';
        match record(&bytes).replacement(version, &vec![filler; length], 100 + version) {
            Replacement::Block { slot } => {
                bytes[SLOTS..].fill(0);
                write_slot(
                    &mut bytes[SLOTS + slot..],
                    version,
                    100 + version,
                    &vec![filler; length],
                );
            }
            Replacement::Slots { offset, slot, erase } => {
                put(&mut bytes, offset, &slot);
                let acknowledged = version - 1;
                life.push(Moment { bytes: bytes.clone(), acknowledged, begun: version });
                bytes[erase].fill(0);
            }
            Replacement::File => panic!("{length} bytes fit into the file"),
        }
        life.push(Moment { bytes: bytes.clone(), acknowledged: version, begun: version });
    }
    life
}

const LARGE: usize = 3_000;

#[test]
fn a_reader_without_the_lock_finds_no_version_that_was_replaced_before_it_began() {
    for length in [30, LARGE] {
        let life = life(length, 5);
        for (began, ended) in (0..life.len()).flat_map(|a| (a..life.len()).map(move |b| (a, b))) {
            let (first, last) = (&life[began], &life[ended]);
            for split in (0..first.bytes.len()).step_by(if length == LARGE { 61 } else { 1 }) {
                let mut forwards = first.bytes[..split].to_vec();
                forwards.extend_from_slice(&last.bytes[split..]);
                let mut backwards = last.bytes[..split].to_vec();
                backwards.extend_from_slice(&first.bytes[split..]);
                for seen in [forwards, backwards] {
                    if let Image::Record(record) = decode_whole(&seen)
                        && !record.is_unsure()
                    {
                        let versions = first.acknowledged..=last.begun;
                        assert!(versions.contains(&record.version), "{record:?} of {versions:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_replaced_version_leaves_nothing_in_the_file() {
    for length in [30, LARGE] {
        let life = life(length, 4);
        for (version, moment) in (1..).zip(life.iter().filter(|at| at.acknowledged == at.begun)) {
            let left = (b'1'..b'0' + version)
                .find(|old| moment.bytes[SLOTS..].windows(20).any(|window| window == [*old; 20]));
            assert_eq!(left, None, "version {version} of {length} bytes");
        }
    }
}

#[test]
fn a_record_is_made_anew_where_it_does_not_fit_or_its_file_is_much_too_long() {
    let large = file(capacity_for(100_000), &[&[1; 100_000]]);
    let small = file(capacity_for(10), &[b"small"]);
    let anew =
        |file: &[u8], length| record(file).replacement(2, &vec![2; length], 1) == Replacement::File;
    assert!(anew(&large, 20_000) && !anew(&large, 70_000) && anew(&large, 200_000));
    assert!(!anew(&small, 0) && !anew(&small, 1_992) && anew(&small, 1_993));
}

/// A file is read as it was written, or it is said that something is wrong with it.
#[test]
fn no_flipped_byte_anywhere_in_a_file_changes_its_record_in_silence() {
    for length in [30, LARGE] {
        for moment in life(length, 3).iter().filter(|at| at.acknowledged == at.begun) {
            let (before, held) = (record(&moment.bytes), payload(&moment.bytes));
            for at in 0..moment.bytes.len() {
                let mut flipped = moment.bytes.clone();
                flipped[at] ^= 1 << (at % 8);
                if let Image::Record(record) = decode_whole(&flipped)
                    && !record.is_unsure()
                {
                    assert_eq!((&record, payload(&flipped)), (&before, held.clone()), "byte {at}");
                }
            }
        }
    }
}

#[test]
fn any_flipped_bit_of_a_slot_is_noticed() {
    let whole = file(40, &[b"only"]);
    for at in SLOTS..SLOTS + SLOT_HEAD + 4 {
        for bit in 0..8 {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << bit;
            assert_eq!(decode_whole(&flipped), Image::Damaged, "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn any_flipped_bit_of_the_header_is_noticed() {
    let whole = file(40, &[b"only"]);
    for at in 0..HEADER {
        let mut flipped = whole.clone();
        flipped[at] ^= 4;
        assert_eq!(decode_whole(&flipped), Image::Damaged, "byte {at}");
    }
}

#[test]
fn a_touch_counts_for_the_version_that_it_names_only() {
    let mut file = file(40, &[b"one", b"two"]);
    for (version, deadline) in [(1, 102), (2, 7), (3, 102)] {
        let (offset, cell) = touch_cell(version, 7);
        put(&mut file, offset, &cell);
        assert_eq!(record(&file).deadline, deadline);
        assert!(!record(&file).recovered);
    }
}

#[test]
fn a_torn_touch_is_told_and_leaves_the_record() {
    let mut file = file(40, &[b"one"]);
    put(&mut file, CELL.start, &touch_cell(1, 7).1[..9]);
    let record = record(&file);
    assert_eq!((record.deadline, record.recovered), (101, true));
}

#[test]
fn a_file_without_a_header_is_no_record() {
    let mut cut_short = file(40, &[b"one"]);
    cut_short[..SLOTS].fill(0);
    assert_eq!(decode_whole(&cut_short), Image::Absent);
    assert_eq!(decode_whole(b""), Image::Absent);
    assert_eq!(decode_whole(b"*\n!.gitignore\n"), Image::Damaged);
}

#[test]
fn a_file_that_was_cut_off_is_read_as_far_as_it_goes() {
    let whole = file(40, &[b"one", b"two"]);
    assert_eq!(record(&whole[..SLOTS + SLOT_HEAD + 3]).version, 1);
    for length in 1..SLOTS + SLOT_HEAD + 3 {
        assert_eq!(decode_whole(&whole[..length]), Image::Damaged, "{length} bytes");
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
