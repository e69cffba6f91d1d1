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
        let nodes = self.tree.iter().flat_map(|it| it.texts.values()).map(|it| &it.approval);
        let resources = self.catalogue.resources.iter().flat_map(|it| it.texts.values());
        let approaches = self.catalogue.approaches.iter().flat_map(|it| it.texts.values());
        let described = resources.chain(approaches).map(|it| &it.approval);
        let safety = flags.chain(referrals).chain(self.messages.approvals());
        let approvals = entries.chain(safety).chain(nodes).chain(described);
        approvals.map(|it| it.until).collect()
    }
}
