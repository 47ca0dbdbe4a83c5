//! Policies, as tokens are revealed by them that do not describe themselves: which class stands
//! where, and what it is opened with.

use crate::problems;
use crate::problems::Refusal;
use policies::{ClassName, KeyRing, Policy};
use scan::Plan;
use std::fmt::Display;
use std::sync::Arc;
use unseal::RevealClass;

/// Room for quotes around a token, and for a start tag around an attribute's.
const AROUND: usize = 64 << 10;

/// One policy of the configuration.
pub struct RevealPolicy {
    name: Box<str>,
    plan: Arc<Plan>,
    /// For each class of the policy, what it is opened with; `None` for kinds other than `fpe` and
    /// `vault`.
    classes: Vec<Option<Arc<RevealClass>>>,
}

impl RevealPolicy {
    /// `policy` with the keys of `ring`, for documents with tokens of up to `longest` bytes.
    ///
    /// # Errors
    /// Never for a compiled policy.
    pub fn new(
        name: &str,
        policy: Policy,
        ring: &KeyRing,
        longest: usize,
    ) -> Result<Self, impl Display + use<>> {
        let classes = policy.classes().iter();
        let classes = classes.map(|class| RevealClass::new(class, ring).map(Arc::new));
        let classes = classes.collect();
        let policy = policy.for_tokens(longest.saturating_add(AROUND));
        Plan::compile(Arc::new(policy)).map(|plan| Self {
            name: name.into(),
            plan: Arc::new(plan),
            classes,
        })
    }

    /// Where its values stand.
    pub(crate) fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// What values are opened with that this rule selects.
    pub(crate) fn class_of_rule(&self, rule: usize) -> Option<&Arc<RevealClass>> {
        let rule = self.plan.policy().rules().get(rule)?;
        self.classes.get(rule.class.index())?.as_ref()
    }

    /// Outside of documents, nothing says of which tenant tokens are when the caller does not.
    pub(crate) fn check_tenant_needed(&self) -> Result<(), Refusal> {
        match self.plan.policy().tenant_rule() {
            None => Ok(()),
            Some(_) => Err(problems::tenant_needed(&self.name).into()),
        }
    }

    /// What texts are opened with that are said to be of this class; `None` when its tokens describe
    /// themselves, so that a text which does not is no token of it.
    pub(crate) fn class(&self, name: &str) -> Result<Option<&Arc<RevealClass>>, Refusal> {
        let policy = self.plan.policy();
        let Some(id) = policy.class_named(name) else {
            return Err(problems::unknown_class(&self.name).into());
        };
        let kind = &policy.class(id).kind;
        if kind.is_reversible() {
            Ok(self.classes.get(id.index()).and_then(Option::as_ref))
        } else {
            Err(problems::irreversible_class(kind.name()).into())
        }
    }
}

/// All policies of the configuration, in its order.
#[derive(Default, Clone)]
pub struct RevealPolicies(Arc<[Arc<RevealPolicy>]>);

impl FromIterator<RevealPolicy> for RevealPolicies {
    fn from_iter<I: IntoIterator<Item = RevealPolicy>>(policies: I) -> Self {
        Self(policies.into_iter().map(Arc::new).collect())
    }
}

impl RevealPolicies {
    /// The policy of this name; without a name the only one that there is.
    pub(crate) fn get(&self, name: Option<&str>) -> Result<&Arc<RevealPolicy>, Refusal> {
        let found = match (name, &*self.0) {
            (Some(name), all) => all.iter().find(|policy| *policy.name == *name),
            (None, [only]) => Some(only),
            (None, _) => None,
        };
        found.ok_or_else(|| {
            let known: Vec<_> = self.0.iter().map(|policy| &*policy.name).collect();
            problems::unknown_policy(&known).into()
        })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Most views that a caller can name.
pub(crate) const MAX_VIEWS: usize = 16;

/// Views as a caller names them.
pub(crate) fn check_views(views: &[&str]) -> Result<(), Refusal> {
    let known = |view: &&str| ClassName::new(view).is_some();
    if views.len() <= MAX_VIEWS && views.iter().all(known) {
        Ok(())
    } else {
        Err(problems::bad_views(MAX_VIEWS).into())
    }
}

/// Longest tenant, as tokens hold it.
const MAX_TENANT_BYTES: usize = 255;

/// A tenant as a caller gives it.
pub(crate) fn check_tenant(tenant: &str) -> Result<(), Refusal> {
    if tenant.len() <= MAX_TENANT_BYTES {
        Ok(())
    } else {
        Err(problems::long_tenant(MAX_TENANT_BYTES).into())
    }
}
