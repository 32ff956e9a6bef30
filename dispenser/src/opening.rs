//! The opening of a sale that starts by draw: those in its lobby are decided before anybody who came later.

use sale::opening::{self, Next};

use crate::batch::Batch;
use crate::draw::Drawing;
use crate::error::LineError;
use crate::writer::Writer;

impl Writer {
    /// What is to be done about the lobby before the line goes on.
    pub(crate) fn lobby_next(&self) -> Next {
        let rules = &self.sale.rules;
        opening::next(rules, &self.head, self.hand.has_come_to(rules.opens_at))
    }

    /// The opening has come: closes the lobby, or decides the entries that come next.
    pub(crate) async fn draw(&mut self) -> Result<(), LineError> {
        if !self.head.lobby.closed {
            return self.round(Batch::default(), Some(&[])).await;
        }
        let mut drawing = match self.drawing.take() {
            Some(drawing) => drawing,
            None => Drawing::begin(&mut self.inventory, &self.sale.rules, &self.head).await?,
        };
        let next = drawing.next(self.context.settings.round_commands as usize);
        self.round(Batch::default(), Some(&next)).await?;
        drawing.decided(next.len());
        self.drawing = (self.head.lobby.entered > 0).then_some(drawing);
        Ok(())
    }
}
