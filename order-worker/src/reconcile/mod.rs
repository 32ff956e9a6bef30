//! Reconciliation: Redis, PostgreSQL and the gateway side by side. Every difference is reported; what can
//! be mended safely is: money held for a payment that is over is let go.

mod gateway;
mod inventory;

use std::time::Duration;

use meter::Label;
use record::reconciliation;
use serde::{Serialize, Serializer};
use tokio_util::sync::CancellationToken;

use crate::Context;
use crate::meters::{self, Comparison, DifferenceKind};

/// Something that two of the three tell differently.
#[derive(Debug, Serialize)]
pub struct Difference {
    /// A stable snake_case word.
    #[serde(serialize_with = "as_word")]
    pub kind: DifferenceKind,
    /// Which event, payment or order.
    pub subject: String,
    /// What each says.
    pub detail: String,
    /// Whether it has been mended.
    pub mended: bool,
}

fn as_word<S: Serializer>(kind: &DifferenceKind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.word())
}

/// Compares again and again until told to stop.
pub(crate) async fn run(context: Context, every: Duration, shutdown: CancellationToken) -> anyhow::Result<()> {
    let mut comparer = gateway::Comparer::default();
    loop {
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            () = shutdown.cancelled() => return Ok(()),
        }
        match compare(&context, &mut comparer).await {
            Ok(differences) => {
                show(&differences);
                for difference in differences {
                    tracing::warn!(
                        kind = difference.kind.word(),
                        subject = difference.subject,
                        mended = difference.mended,
                        "difference: {}",
                        difference.detail
                    );
                }
            }
            Err(error) => {
                meters::COMPARISONS.one(Comparison::Failed);
                tracing::warn!(error = format!("{error:#}"), "could not compare");
            }
        }
    }
}

fn show(differences: &[Difference]) {
    meters::COMPARISONS.one(Comparison::Done);
    let (mended, left): (Vec<_>, Vec<_>) = differences.iter().partition(|difference| difference.mended);
    meters::MENDED.add(mended.len() as u64);
    for kind in DifferenceKind::ALL {
        meters::DIFFERENCES.set(*kind, left.iter().filter(|difference| difference.kind == *kind).count() as f64);
    }
}

/// Compares once and prints what it found, as JSON.
pub(crate) async fn once(context: &Context) -> anyhow::Result<()> {
    let differences = compare(context, &mut gateway::Comparer::default()).await?;
    println!("{}", serde_json::to_string_pretty(&differences)?);
    anyhow::ensure!(differences.iter().all(|difference| difference.mended), "{} differences", differences.len());
    Ok(())
}

async fn compare(context: &Context, comparer: &mut gateway::Comparer) -> anyhow::Result<Vec<Difference>> {
    let mut differences = Vec::new();
    for event in reconciliation::events(&context.pool).await? {
        differences.extend(inventory::compare(context, event).await?);
    }
    differences.extend(comparer.compare(context).await?);
    differences.extend(compare_orders(context).await?);
    Ok(differences)
}

/// Orders against payments and reservations.
async fn compare_orders(context: &Context) -> anyhow::Result<Vec<Difference>> {
    let wrong = reconciliation::unfounded_orders(&context.pool).await?;
    let detail = "paid, but not by a captured payment of a converted reservation over the same amount";
    Ok(wrong.into_iter().map(|number| Difference::new(DifferenceKind::OrderUnfounded, number, detail.into())).collect())
}

impl Difference {
    fn new(kind: DifferenceKind, subject: impl ToString, detail: String) -> Self {
        Self { kind, subject: subject.to_string(), detail, mended: false }
    }
}
