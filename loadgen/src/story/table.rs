//! What came of it: what happened in the stories × promises.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use super::play::Judged;
use super::script::Story;
use super::step::{Act, Deed, Order, Step, Wish};

/// Something that happens in a story, for a row of the table.
type Theme = (&'static str, fn(&Story) -> bool);

const THEMES: [Theme; 27] = [
    ("a draft is scheduled", |story| has(story, |act| matches!(act, Act::Organiser(Order::Schedule)))),
    ("a form is saved", |story| has(story, |act| matches!(act, Act::Organiser(Order::SaveCopy)))),
    ("units are added after a form was opened, and the form is saved", |story| {
        let acts: Vec<Act> = story.steps.iter().map(|step| step.act).collect();
        let at = |wanted: fn(&Act) -> bool| acts.iter().position(wanted);
        let added = at(|act| matches!(act, Act::Organiser(Order::Restock { .. })));
        at(|act| matches!(act, Act::Organiser(Order::TakeCopy))) < added
            && added.is_some()
            && added < at(|act| matches!(act, Act::Organiser(Order::SaveCopy)))
    }),
    ("units are added", |story| has(story, |act| matches!(act, Act::Organiser(Order::Restock { .. })))),
    ("a pause", |story| has(story, |act| matches!(act, Act::Organiser(Order::Pause)))),
    ("a pause past the end", |story| paused_past_its_end(story)),
    ("a stop", |story| has(story, |act| matches!(act, Act::Organiser(Order::Stop)))),
    ("a refund", |story| has(story, |act| matches!(act, Act::Organiser(Order::Refund { put_back: false, .. })))),
    ("a refund that puts back", |story| {
        has(story, |act| matches!(act, Act::Organiser(Order::Refund { put_back: true, .. })))
    }),
    ("tiers", |story| story.outline.items.iter().any(|item| !item.tiers.is_empty())),
    ("a coupon of few uses", |story| story.outline.coupon_uses.is_some()),
    ("several items", |story| story.outline.items.len() > 1),
    ("direct orders", |story| story.outline.direct_order),
    ("no standby, or a place", |story| story.outline.standby_max < 2),
    ("a click again", |story| repeated(story, |first, again| first == again)),
    ("a key reused", |story| repeated(story, |first, again| first != again)),
    ("a capture fails", |story| pays_with(story, "tok_capture_fails")),
    ("a card is declined", |story| pays_with(story, "tok_declined")),
    ("a bank asks, and is never answered", |story| pays_with(story, "tok_3ds")),
    ("a bank takes its time", |story| pays_with(story, "tok_pending")),
    ("webhooks late, twice or forged", |story| {
        ["tok_twice", "tok_late_webhook", "tok_bad_signature"].iter().any(|card| pays_with(story, card))
    }),
    ("something is given back", |story| has(story, |act| matches!(act, Act::Shopper(_, Deed::GiveBack { .. })))),
    ("time to pay runs out", |story| {
        story.steps.windows(2).any(|two| two[1].at_s - two[0].at_s >= story.outline.hold_s)
    }),
    ("several tabs", |story| has(story, |act| matches!(act, Act::Shopper(_, Deed::OpenTab)))),
    ("no socket, only asking", |story| has(story, |act| matches!(act, Act::Shopper(_, Deed::CloseTabs)))),
    ("an old session", |story| has(story, |act| matches!(act, Act::Shopper(_, Deed::ComeBack)))),
    ("answers asked for after a week", |story| story.later_s > 86_400),
];

fn has(story: &Story, is: impl Fn(&Act) -> bool) -> bool {
    story.steps.iter().any(|step| is(&step.act))
}

fn pays_with(story: &Story, wanted: &str) -> bool {
    has(story, |act| matches!(act, Act::Shopper(_, Deed::Pay { card, .. }) if *card == wanted))
}

fn paused_past_its_end(story: &Story) -> bool {
    let mut paused = false;
    story.steps.iter().any(|step| {
        let past = paused && step.at_s > story.outline.closes_s;
        match step.act {
            Act::Organiser(Order::Pause) if step.at_s < story.outline.closes_s => paused = true,
            Act::Organiser(Order::Resume | Order::Stop) => paused = false,
            _ => {}
        }
        past
    })
}

/// Whether some key is clicked again, with such wishes.
fn repeated(story: &Story, is: impl Fn(&Wish, &Wish) -> bool) -> bool {
    let mut firsts: BTreeMap<(usize, usize), Wish> = BTreeMap::new();
    story.steps.iter().any(|Step { act, .. }| match act {
        Act::Shopper(shopper, Deed::Click { key, wish, .. }) => match firsts.get(&(*shopper, *key)) {
            Some(first) => is(first, wish),
            None => {
                firsts.insert((*shopper, *key), *wish);
                false
            }
        },
        _ => false,
    })
}

pub(super) fn write(all: &[Judged], path: &Path) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    Ok(std::fs::write(path, render(all)?)?)
}

fn render(all: &[Judged]) -> anyhow::Result<String> {
    let mut promises: Vec<&str> = Vec::new();
    for promise in all.iter().flat_map(Judged::promises) {
        if !promises.contains(&promise.promise) {
            promises.push(promise.promise);
        }
    }
    let good = all.iter().filter(|judged| judged.is_good()).count();
    let mut page = format!(
        "# Stories and promises\n\nMade by `make stories`: {} stories of one sale each, from seeds, with nothing failing; {good} of \
         them kept every promise. Organisers and\nshoppers do in them whatever people may do, and the clock jumps, so that windows, \
         holds and sessions end within seconds. Judged is every\nsentence that anybody was told, against the record. \
         `loadgen story --seed N --runs 1` plays one again, `--list` prints them.\n\n",
        all.len()
    );
    for (number, promise) in promises.iter().enumerate() {
        writeln!(page, "{}. {promise}", number + 1)?;
    }
    let numbers: Vec<String> = (1..=promises.len()).map(|number| number.to_string()).collect();
    writeln!(page, "\n| in the story | stories | {} |", numbers.join(" | "))?;
    writeln!(page, "| --- | --- |{}", " --- |".repeat(promises.len()))?;
    for (theme, is) in THEMES {
        let told: Vec<&Judged> = all.iter().filter(|judged| is(&judged.story)).collect();
        let cells = promises.iter().map(|promise| match told.iter().filter(|judged| judged.broke(promise)).count() {
            0 => "kept".to_owned(),
            broken => format!("**broken in {broken}**"),
        });
        writeln!(page, "| {theme} | {} | {} |", told.len(), cells.collect::<Vec<_>>().join(" | "))?;
    }
    for judged in all.iter().filter(|judged| !judged.is_good()) {
        write!(page, "\n```text\n{judged}\n```\n")?;
    }
    Ok(page)
}
