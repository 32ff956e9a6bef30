//! Without any one of the guards, a promise breaks.

use super::*;

#[test]
fn claiming_in_turn() {
    Size::of(TWO).handed_over(1).put_back(1).breaks(ANSWERED, &[Guard::ClaimInTurn]);
}

#[test]
fn restoring_as_the_newest() {
    Size::of(TWO).handed_over(1).put_back(1).breaks(ONE_ANSWER, &[Guard::RestoreAsNewest]);
}

#[test]
fn installing_only_what_is_whole() {
    Size::of(TWO).handed_over(1).put_back(2).breaks(ONE_ANSWER, &[Guard::InstallWhole]);
}

#[test]
fn forgetting_at_the_install() {
    Size::of(TWO).handed_over(1).put_back(2).breaks(ONE_ANSWER, &[Guard::ForgetAtInstall]);
}

#[test]
#[ignore = "a minute"]
fn the_fence_on_the_outbox() {
    Size::of(TWO).handed_over(2).put_back(1).breaks(ONE_ANSWER, &[Guard::FenceOnOutbox]);
}

#[test]
fn the_fence_on_commits() {
    Size::of(GIVEN_BACK).handed_over(1).breaks(FAIR_STANDBY, &[Guard::FenceOnCommits]);
}

#[test]
fn looking_up_earlier_answers() {
    Size::of(GIVEN_BACK).handed_over(1).breaks(ONE_ANSWER, &[Guard::LookUpAnswers]);
}

#[test]
fn the_confirm_before_the_ack() {
    Size::of(TWO).handed_over(1).put_back(1).breaks(ANSWERED, &[Guard::ConfirmBeforeAck]);
}

#[test]
fn waiting_for_the_barrier() {
    Size::of(GIVEN_BACK).handed_over(1).breaks(NO_OVERSELL, &[Guard::WaitForBarrier]);
}

#[test]
fn refusing_rounds_of_the_replaced() {
    Size::of(GIVEN_BACK).handed_over(1).breaks(NO_ALARM, &[Guard::RefuseReplaced]);
}

#[test]
fn the_fence_on_reads() {
    Size::of(TWO).handed_over(1).put_back(1).breaks(ONE_ANSWER, &[Guard::FenceOnReads]);
}

#[test]
fn comparing_epochs() {
    Size::of(TWO).handed_over(1).put_back(1).breaks(ANSWERED, &[Guard::CompareEpochs]);
}

#[test]
fn raising_the_incarnation() {
    Size::of(TWO).handed_over(1).put_back(1).breaks(ANSWERED, &[Guard::RaiseIncarnation]);
}

#[test]
fn the_sequence_in_the_fence() {
    Size::of(TWO).handed_over(1).put_back(1).breaks(NO_ALARM, &[Guard::Sequence]);
}

#[test]
fn the_epoch_in_the_fence() {
    Size::of(TWO).handed_over(1).put_back(1).breaks(ANSWERED, &[Guard::Epoch]);
}

#[test]
fn sealing_what_is_whole() {
    Size::of(LOBBY).breaks(DRAWN_ORDER, &[Guard::SealWhole]);
}

#[test]
fn drawing_before_all_others() {
    Size::of(LOBBY).breaks(DRAWN_ORDER, &[Guard::DrawFirst]);
}

#[test]
fn the_incarnation_in_the_fence() {
    Size::of(CLICKED_TWICE).handed_over(1).put_back(2).breaks(ONE_ANSWER, &[Guard::Incarnation]);
}
