//! What this ingress shows of the lines of sales that are open: once a second, for operators.

use std::sync::Arc;
use std::time::{Duration, Instant};

use catalogue::Catalogue;
use sale::rules::Status;
use tokio_util::sync::CancellationToken;

use crate::entrance::LineStanding;
use crate::line::Lines;
use crate::meters;
use crate::progress::Board;

const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Looks until shutdown.
pub(crate) async fn lines(lines: Arc<Lines>, board: Arc<Board>, catalogue: Catalogue, shutdown: CancellationToken) {
    let began = Instant::now();
    while tokio::time::timeout(LOOK_EVERY, shutdown.cancelled()).await.is_err() {
        let now = clock::now();
        let (mut waiting, mut oldest, mut silence, mut paused) = (vec![], vec![], vec![], vec![]);
        for sale in catalogue.all().values() {
            let (event, status) = (sale.rules.event, sale.rules.status(now));
            let (standing, age) = (LineStanding::of(&board, &lines, event), lines.oldest(event));
            let is_open = matches!(status, Status::Active | Status::Paused);
            // A line is worked off after its sale has ended, too.
            if !is_open && age.is_zero() {
                continue;
            }
            waiting.push((event, standing.waiting_here as f64));
            oldest.push((event, age.as_secs_f64()));
            paused.push((event, f64::from(status == Status::Paused)));
            if status == Status::Active {
                let opened = Duration::from_millis(now.ms_since(sale.rules.opens_at)).min(began.elapsed());
                let unheard = standing.heard_ago().unwrap_or(opened);
                silence.push((event, unheard.as_secs_f64()));
            }
        }
        meters::LINE_WAITING.show(waiting);
        meters::LINE_OLDEST.show(oldest);
        meters::LINE_PAUSED.show(paused);
        meters::LINE_SILENCE.show(silence);
    }
}
