//! Hearing what is said of lines: how far each has come, and the answers that requests wait for here.

use std::sync::Arc;
use std::time::Duration;

use broker::{Broker, BrokerError, Ear, HeardLines, Said, Topic};
use catalogue::Catalogue;
use tokio_util::sync::CancellationToken;

use crate::awaited::AwaitedAnswers;
use crate::line::Lines;
use crate::progress::Board;

/// What is heard here.
const HEARD: [Topic; 3] = [Topic::Rounds, Topic::Repeats, Topic::Progress];
/// Messages of progress between two looks for events that are over.
const TIDY_EVERY: u32 = 10_000;

/// Between two looks for requests that have waited long enough.
const LET_GO_EVERY: Duration = Duration::from_millis(50);

/// Who is to know what is heard.
pub(crate) struct Ears {
    pub(crate) board: Arc<Board>,
    pub(crate) lines: Arc<Lines>,
    pub(crate) answers: Arc<AwaitedAnswers>,
    pub(crate) catalogue: Catalogue,
    pub(crate) heard: HeardLines,
}

/// Listens until shutdown. Then whoever waits for an answer is let go.
///
/// # Errors
/// When the task that listens died.
pub(crate) async fn run(ears: Ears, broker: Broker, shutdown: CancellationToken) -> anyhow::Result<()> {
    let mut ear = Ear::open(broker, &HEARD, ears.heard.clone());
    let mut progressed = 0u32;
    let heard = async {
        loop {
            let said = ear.next().await?;
            if matches!(said, Said::Progress(_)) {
                progressed = progressed.wrapping_add(1);
                if progressed.is_multiple_of(TIDY_EVERY) {
                    ears.board.retain(|event| ears.catalogue.get(event).is_some());
                }
            }
            ears.pass_on(said);
        }
    };
    let let_go = async {
        loop {
            tokio::time::sleep(LET_GO_EVERY).await;
            let sales = ears.catalogue.all();
            let paused = sales.values().filter(|sale| sale.rules.stands_still()).map(|sale| sale.rules.event);
            ears.answers.let_go(&paused.collect());
        }
    };
    let ended: Result<(), BrokerError> = tokio::select! {
        failed = heard => failed,
        () = let_go => Ok(()),
        () = shutdown.cancelled() => Ok(()),
    };
    ears.answers.close();
    Ok(ended?)
}

impl Ears {
    fn pass_on(&self, said: Said) {
        match said {
            Said::Listening => self.answers.missed(None),
            Said::Round { report, after_a_gap, .. } => {
                if after_a_gap {
                    self.answers.missed(Some(report.event));
                }
                let (event, door) = (report.event, self.lines.door());
                if let Some((_, served)) = report.head.doors.iter().find(|(id, _)| *id == door) {
                    self.lines.note_served(event, *served);
                }
                self.answers.hear_round(report);
            }
            Said::Repeats { repeats, .. } => self.answers.hear_repeats(repeats),
            Said::Progress(progress) => {
                if let Some((event, served)) = self.board.put(progress, self.lines.door()) {
                    self.lines.note_served(event, served);
                }
            }
            Said::Deaf | Said::Order(_) => {}
        }
    }
}
