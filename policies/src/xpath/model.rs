//! What an XPath says.

/// Steps from the document to elements, and what is taken of those.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocationPath {
    /// From the outside in; never empty.
    pub steps: Vec<Step>,
    /// What is taken of the elements that the last step leads to.
    pub takes: Takes,
}

/// A step to children, or to all that is inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Whether it leads to elements at any depth (`//`) rather than to children (`/`).
    pub descendant: bool,
    /// Their names.
    pub name: NameTest,
    /// What must hold of them, all of it.
    pub predicates: Vec<Predicate>,
}

/// What is taken of an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Takes {
    /// The texts in it and in all elements inside it.
    Element,
    /// The texts that are its own children.
    Text,
    /// The values of its attributes with such names.
    Attribute(NameTest),
}

/// A test of the name of an element or attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameTest {
    /// Which namespaces.
    pub namespace: NamespaceTest,
    /// The local name; `None` for any.
    pub local: Option<String>,
}

/// Which namespaces a test allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamespaceTest {
    /// Every one, and none.
    Any,
    /// None only.
    NoNamespace,
    /// The one with this URI.
    Uri(String),
}

/// A condition that a start tag decides. Values are compared as XML 1.0, section 3.3.3 normalizes
/// them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Predicate {
    /// There is such an attribute.
    Has(NameTest),
    /// There is such an attribute with this value.
    Equals(NameTest, String),
    /// There is such an attribute with another value.
    Differs(NameTest, String),
    /// All of them hold; at least two.
    And(Vec<Predicate>),
    /// One of them holds; at least two.
    Or(Vec<Predicate>),
    /// It does not hold.
    Not(Box<Predicate>),
}
