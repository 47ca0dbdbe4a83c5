//! Packages and what they depend on.

use std::collections::{BTreeMap, BTreeSet};

/// All packages that cargo resolved, by id: one name can stand for several versions.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    /// By cargo's package id.
    pub packages: BTreeMap<String, Package>,
}

/// One package.
#[derive(Debug, Clone, Default)]
pub struct Package {
    /// Its name, which other versions may share.
    pub name: String,
    /// Whether it belongs to this workspace.
    pub member: bool,
    /// Whether it runs inside the compiler only.
    pub proc_macro: bool,
    /// What it depends on.
    pub dependencies: Vec<Dependency>,
}

/// One dependency of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The id of the package that is depended on.
    pub on: String,
    /// What for.
    pub kind: Kind,
}

/// What a dependency is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Linked into the program.
    Normal,
    /// For the build script.
    Build,
    /// For tests, examples and benches.
    Development,
}

/// Which dependencies a closure follows. None follows those for tests: cargo never links them into
/// what is shipped, and a test may well open what its crate sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Walk {
    /// Normal and build dependencies: everything that has a hand in the program.
    Built,
    /// Normal dependencies, without what runs inside the compiler: what is linked into the program.
    Linked,
}

impl Graph {
    /// The ids of the packages of this name.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let all = self
            .packages
            .iter()
            .filter(move |(_, package)| package.name == name);
        all.map(|(id, _)| id.as_str())
    }

    /// The names of all that the packages of this name depend on, through any number of steps; not
    /// the name itself. `None` when no package has the name.
    pub fn closure(&self, name: &str, walk: Walk) -> Option<BTreeSet<&str>> {
        let mut ahead: Vec<&str> = self.named(name).collect();
        if ahead.is_empty() {
            return None;
        }
        let mut seen: BTreeSet<&str> = ahead.iter().copied().collect();
        let mut names = BTreeSet::new();
        while let Some(package) = ahead.pop().and_then(|id| self.packages.get(id)) {
            let followed = package
                .dependencies
                .iter()
                .filter(|each| self.follows(each, walk));
            for dependency in followed {
                if seen.insert(&dependency.on) {
                    ahead.push(&dependency.on);
                    names.extend(
                        self.packages
                            .get(&dependency.on)
                            .map(|each| each.name.as_str()),
                    );
                }
            }
        }
        Some(names)
    }

    fn follows(&self, dependency: &Dependency, walk: Walk) -> bool {
        let compiler = self
            .packages
            .get(&dependency.on)
            .is_some_and(|each| each.proc_macro);
        match (walk, dependency.kind) {
            (_, Kind::Development) => false,
            (Walk::Built, _) => true,
            (Walk::Linked, kind) => kind == Kind::Normal && !compiler,
        }
    }
}
