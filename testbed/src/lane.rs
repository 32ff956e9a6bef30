//! Tests that run side by side, and what keeps them apart.

/// The set of private servers of this process: that of its lane, where the test runner has several.
pub(crate) fn set() -> String {
    match std::env::var("NEXTEST_TEST_GROUP_SLOT").ok().filter(|slot| slot.parse::<u16>().is_ok()) {
        Some(lane) => format!("test-{lane}"),
        None => "test".to_owned(),
    }
}
