//! The SQL of a statement, for each engine.

/// The SQL of a query: the same for both engines, or one text for each where they must differ.
#[derive(Clone, Copy, Debug)]
pub struct Sql {
    /// The SQL for SQLite.
    pub sqlite: &'static str,
    /// The SQL for PostgreSQL.
    pub postgres: &'static str,
}

impl Sql {
    /// The same SQL for both engines.
    pub const fn both(shared: &'static str) -> Self {
        Self { sqlite: shared, postgres: shared }
    }
}

impl From<&'static str> for Sql {
    fn from(shared: &'static str) -> Self {
        Self::both(shared)
    }
}
