//! Expiry: the last day each unit of a corpus is served.

use time::Date;

use super::Corpus;

impl Corpus {
    /// The last day of every unit that is in the corpus, phrasings left out; in no order.
    #[must_use]
    pub fn last_days(&self) -> Vec<Date> {
        let entries = self.entries.iter().flat_map(|it| it.texts.values()).map(|it| &it.approval);
        let flags = self.red_flags.iter().map(|it| &it.approval);
        let referrals = self.referrals.iter().map(|it| &it.approval);
        let approvals = entries.chain(flags).chain(referrals).chain(self.messages.approvals());
        approvals.map(|it| it.until).collect()
    }
}
