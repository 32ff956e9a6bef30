//! The shortest story that still breaks a promise: steps are left out as long as it does.

use super::play::Judged;
use super::script::Story;
use super::stage::Stage;
use super::step::Step;

/// Plays a story again with fewer and fewer steps, so often at most. Returns the last that broke the promise.
pub(super) async fn shortest(stage: &mut Stage, broken: Judged, promise: &str, plays_max: usize) -> Judged {
    let (mut shortest, mut plays) = (broken, 0);
    // First large parts, then single steps.
    let mut part = shortest.story.steps.len().div_ceil(2).max(1);
    loop {
        let mut from = 0;
        let mut removed = false;
        while from < shortest.story.steps.len() && plays < plays_max {
            let story = Story { steps: without(&shortest.story.steps, from, part), ..shortest.story.clone() };
            plays += 1;
            let judged = stage.judge(&story).await;
            if judged.broke(promise) {
                (shortest, removed) = (judged, true);
            } else {
                from += part;
            }
        }
        if plays >= plays_max || (part == 1 && !removed) {
            return shortest;
        }
        part = (part / 2).max(1);
    }
}

fn without(steps: &[Step], from: usize, part: usize) -> Vec<Step> {
    let kept = steps.iter().enumerate().filter(|(index, _)| !(from..from + part).contains(index));
    kept.map(|(_, step)| *step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_left_out_and_the_rest_keeps_its_order() {
        let steps = Story::of(1).steps;
        let fewer = without(&steps, 2, 3);
        assert_eq!(fewer.len(), steps.len() - 3);
        assert_eq!((&fewer[..2], &fewer[2..]), (&steps[..2], &steps[5..]));
    }
}
