//! What keeps the promises: each guard can be taken out, to see that it is needed.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    /// A commit counts only at the incarnation, epoch and sequence that were read.
    FenceOnCommits,
    /// The parts of the fence, wherever it is asked.
    Incarnation,
    Epoch,
    Sequence,
    /// A round is decided only on the inventory of the last commit.
    FenceOnReads,
    /// Unrecorded rounds are announced only from the inventory that was compared.
    FenceOnOutbox,
    /// A claim counts only if nobody else has claimed since the claimer subscribed.
    ClaimInTurn,
    /// A rebuilt inventory is switched to only if all that was restored is still there.
    InstallWhole,
    /// What an older incarnation left is removed by the switch itself.
    ForgetAtInstall,
    /// A rebuild makes sure that no newer writer's rounds have come into what it read.
    RestoreAsNewest,
    /// A rebuild raises the incarnation.
    RaiseIncarnation,
    /// An attempt's earlier answer is looked up.
    LookUpAnswers,
    /// A delivery is acked only when its round has been confirmed by the broker.
    ConfirmBeforeAck,
    /// A takeover waits until its barrier is recorded.
    WaitForBarrier,
    /// A takeover compares the epoch of Redis's last round with that of the record's.
    CompareEpochs,
    /// The recorder refuses rounds of writers older than the barrier.
    RefuseReplaced,
    /// A lobby is sealed only once its end is recorded, and so all that were in it.
    SealWhole,
    /// Who came after the opening waits until all entries are decided.
    DrawFirst,
}

/// All guards, or all but some.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Guards {
    pub(crate) without: &'static [Guard],
}

impl Guards {
    pub(crate) fn has(self, guard: Guard) -> bool {
        !self.without.contains(&guard)
    }

    pub(crate) fn are_whole(self) -> bool {
        self.without.is_empty()
    }
}
