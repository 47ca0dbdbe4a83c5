//! MACs that KMS makes for one batch.

use super::Sealer;
use super::class::Maker;
use crate::batch::{Batch, Tokens, ValueRef};
use crate::error::SealError;
use crate::mac::MacMaker;
use futures_util::stream::{self, StreamExt, TryStreamExt};

/// Values of one batch that are waited for at once.
const AT_ONCE: usize = 16;

impl Sealer {
    /// The tokens of values whose MACs KMS makes, in order. `asked`: their places in the batch, and
    /// their classes' in the policy.
    pub(super) async fn ask_macs(
        &self,
        batch: &Batch,
        asked: &[(usize, usize)],
    ) -> Result<Tokens, SealError> {
        let mut tokens = Tokens::new();
        if asked.is_empty() {
            return Ok(tokens);
        }
        let values: Vec<ValueRef<'_>> = batch.values().collect();
        let asking = asked.iter().map(|(index, class)| {
            let maker = self.mac_maker(*class)?;
            let value = values.get(*index).ok_or(SealError::NotPrepared)?;
            Ok((maker, self.macs.mac(maker, batch.tenant(), value.content)))
        });
        // made beforehand: a closure over borrowed values inside the stream is not general enough
        // for a task that is to be sent between threads
        let (makers, asking): (Vec<_>, Vec<_>) = asking
            .collect::<Result<Vec<_>, SealError>>()?
            .into_iter()
            .unzip();
        let macs = stream::iter(asking).buffered(AT_ONCE);
        let macs: Vec<_> = macs.try_collect().await?;
        for (maker, mac) in makers.into_iter().zip(&macs) {
            maker.write(mac, &mut tokens)?;
        }
        Ok(tokens)
    }

    fn mac_maker(&self, class: usize) -> Result<&MacMaker, SealError> {
        match self.classes.get(class).map(|class| &class.maker) {
            Some(Maker::Mac(maker)) => Ok(maker),
            _ => Err(SealError::UnknownClass),
        }
    }
}
