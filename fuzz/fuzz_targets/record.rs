#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lunox::fuzzing::record(bytes));
