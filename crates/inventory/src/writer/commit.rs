//! Committing what a round decided.

use redis::ScriptInvocation;
use sale::WriteSet;
use sale::ids::{AttemptId, ItemNo};
use sale::record::Head;
use sale::report::RoundReport;
use sale::wire;

use super::Inventory;
use crate::InventoryError;
use crate::keys::{root_key, rules_key};
use crate::stored;

/// Words in one command inside the script: Lua can pass on a few thousand at once.
const WORDS_MAX: usize = 2_000;

impl Inventory {
    /// Commits a round whole, or not at all: `before` is the writer's head, `rules` the version that was decided by,
    /// `report` what will be announced and kept in the outbox; `forget` are rounds that need not be kept any more. The fence is in `commit.lua`.
    ///
    /// # Errors
    /// When a newer writer has claimed the event, the inventory is not the one that was read, or newer rules are needed:
    /// then nothing has happened. When Redis failed: then it is not known whether it has.
    pub async fn commit(
        &mut self,
        before: &Head,
        rules: i64,
        writes: &WriteSet,
        report: &RoundReport,
        forget: std::ops::RangeInclusive<u64>,
    ) -> Result<(), InventoryError> {
        let after = &report.head;
        let mut invocation = self.commit.key(root_key(self.event));
        invocation.key(rules_key(self.event));
        invocation.arg(before.incarnation).arg(self.epoch).arg(before.seq).arg(rules);
        invocation.arg(after.seq).arg(serde_json::to_vec(after)?);
        self.put_records(&mut invocation, writes)?;
        self.put_holdings(&mut invocation, writes);
        self.put_due(&mut invocation, writes);
        self.put_standby(&mut invocation, writes);
        self.put_entries(&mut invocation, writes);
        words(
            &mut invocation,
            &["HSET".into(), self.keys.outbox.clone().into(), after.seq.to_string().into(), wire::encode(report)?],
        );
        let forgotten: Vec<Vec<u8>> = forget.map(|seq| seq.to_string().into()).collect();
        chunked(&mut invocation, &["HDEL".into(), self.keys.outbox.clone().into()], &forgotten, 1);
        invocation.invoke_async::<()>(&mut self.redis).await?;
        Ok(())
    }

    fn put_records(&self, to: &mut ScriptInvocation<'_>, writes: &WriteSet) -> Result<(), InventoryError> {
        let (mut live, mut closed) = (Vec::new(), Vec::new());
        for record in &writes.records {
            let place = if record.had_stock_or_place() { &mut live } else { &mut closed };
            place.push(record.id.key().0.to_vec());
            place.push(stored::encode(record)?);
        }
        chunked(to, &["HSET".into(), self.keys.live.clone().into()], &live, 2);
        chunked(to, &["HSET".into(), self.keys.closed.clone().into()], &closed, 2);
        Ok(())
    }

    fn put_holdings(&self, to: &mut ScriptInvocation<'_>, writes: &WriteSet) {
        for (shopper, units) in &writes.holdings {
            let shopper = shopper.0.as_bytes().to_vec();
            words(to, &["HINCRBY".into(), self.keys.who.clone().into(), shopper, units.to_string().into()]);
        }
        for (counted, count) in &writes.counts {
            let field = stored::count_field(*counted);
            words(to, &["HINCRBY".into(), self.keys.who.clone().into(), field, count.to_string().into()]);
        }
        // The latest counts: a round need not know what the others said.
        for (party, at) in &writes.ran_out_at {
            let member = stored::party_member(*party);
            words(to, &["ZADD".into(), self.keys.nothing.clone().into(), "GT".into(), at.0.to_string().into(), member]);
        }
    }

    /// First what was added, then what was removed: a reservation may be made and paid in one round.
    fn put_due(&self, to: &mut ScriptInvocation<'_>, writes: &WriteSet) {
        let added = writes.due_added.iter().flat_map(|(id, line)| [line.0.to_string().into(), member(id)]);
        chunked(to, &["ZADD".into(), self.keys.due.clone().into()], &added.collect::<Vec<_>>(), 2);
        let removed: Vec<Vec<u8>> = writes.due_removed.iter().map(member).collect();
        chunked(to, &["ZREM".into(), self.keys.due.clone().into()], &removed, 1);
    }

    fn put_standby(&self, to: &mut ScriptInvocation<'_>, writes: &WriteSet) {
        let wait = |item: &ItemNo| self.keys.wait(*item).into();
        for (item, number, id) in &writes.standby_added {
            words(to, &["ZADD".into(), wait(item), number.to_string().into(), member(id)]);
        }
        for (item, id) in &writes.standby_removed {
            words(to, &["ZREM".into(), wait(item), member(id)]);
        }
    }

    /// A shopper who has both in one round withdrew, and entered again.
    fn put_entries(&self, to: &mut ScriptInvocation<'_>, writes: &WriteSet) {
        let lobby = || self.keys.lobby.clone().into();
        let removed: Vec<Vec<u8>> = writes.entries_removed.iter().map(|of| of.0.as_bytes().to_vec()).collect();
        chunked(to, &["HDEL".into(), lobby()], &removed, 1);
        let put = writes.entries_put.iter();
        let put: Vec<Vec<u8>> = put.flat_map(|(of, id)| [of.0, id.0].map(|id| id.as_bytes().to_vec())).collect();
        chunked(to, &["HSET".into(), lobby()], &put, 2);
    }
}

fn member(id: &AttemptId) -> Vec<u8> {
    id.key().0.to_vec()
}

/// One command: its length, then its words.
fn words(to: &mut ScriptInvocation<'_>, command: &[Vec<u8>]) {
    to.arg(command.len());
    for word in command {
        to.arg(word);
    }
}

/// One command repeated for as many values as it takes, `group` of which belong together.
fn chunked(to: &mut ScriptInvocation<'_>, command: &[Vec<u8>], values: &[Vec<u8>], group: usize) {
    for chunk in values.chunks(WORDS_MAX / group * group) {
        to.arg(command.len() + chunk.len());
        for word in command.iter().chain(chunk) {
            to.arg(word);
        }
    }
}
