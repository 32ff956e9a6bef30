//! Playing a story on a stage, and judging it.

use std::time::Duration;

use anyhow::Context;
use testbed::verify::Promise;
use tokio::time::Instant;

use super::judge;
use super::perform::Performance;
use super::script::Story;
use super::stage::Stage;
use super::told::Told;
use super::transcript::Sentence;

/// How long a whole story may take.
const PLAYED_WITHIN: Duration = Duration::from_secs(90);

/// One story, judged.
pub struct Judged {
    pub(super) story: Story,
    pub(super) took: Duration,
    /// Promises and what was told, or why nothing could be judged.
    pub(super) verdict: Result<(Vec<Promise>, Told), String>,
}

impl Judged {
    /// Whether every promise was kept.
    pub fn is_good(&self) -> bool {
        self.verdict.is_ok() && self.broken().next().is_none()
    }

    pub(super) fn sentences(&self) -> &[Sentence] {
        self.verdict.as_ref().map_or(&[], |(_, told)| &told.sentences)
    }

    pub(super) fn promises(&self) -> &[Promise] {
        self.verdict.as_ref().map_or(&[], |(promises, _)| promises)
    }

    pub(super) fn broken(&self) -> impl Iterator<Item = &Promise> {
        self.promises().iter().filter(|promise| !promise.kept)
    }

    pub(super) fn broke(&self, promise: &str) -> bool {
        self.broken().any(|broken| broken.promise == promise)
    }
}

impl Stage {
    /// Plays a story, and judges what was told against the record.
    pub async fn judge(&mut self, story: &Story) -> Judged {
        let began = Instant::now();
        let played = tokio::time::timeout(PLAYED_WITHIN, Box::pin(self.play(story))).await;
        let verdict = match played.context("the story does not end") {
            Ok(Ok(judged)) => Ok(judged),
            Ok(Err(error)) | Err(error) => Err(format!("{error:#}")),
        };
        Judged { story: story.clone(), took: began.elapsed(), verdict }
    }

    async fn play(&self, story: &Story) -> anyhow::Result<(Vec<Promise>, Told)> {
        let mut performance = Performance::begin(self, story).await?;
        performance.perform().await?;
        let mut promises = performance.verify().await?;
        performance.ask_later().await?;
        let told = performance.told().await?;
        promises.extend(judge::all(&told));
        Ok((promises, told))
    }
}
