//! A statement with its bound values, and the ways to run it. A query is built once; each way to run it has one `match`
//! that passes it to the engine in use.

use sqlx::encode::Encode;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments as _, FromRow, PgConnection, Postgres, Sqlite, SqliteConnection, Type};

use super::{Connection, Keys, Marks, Sql};
use crate::vault::Needed;

/// The `limit` of a list query that only counts.
pub const UNLIMITED: i64 = i64::MAX;

/// A value that both engines can bind.
pub trait Bind<'q>: Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres> {}
impl<'q, T> Bind<'q> for T where T: Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres> {}

/// A row that both engines can decode.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// A statement that is not run yet.
#[must_use = "a query does nothing until it is run"]
pub struct Query<'t> {
    sql: &'static str,
    target: Target<'t>,
    unbindable: Option<BoxDynError>,
    marks: Marks<'t>,
    keys: &'t Keys,
}

enum Target<'t> {
    Sqlite(&'t mut SqliteConnection, SqliteArguments),
    Postgres(&'t mut PgConnection, PgArguments),
}

impl<'t> Query<'t> {
    pub(super) fn new(sql: Sql, connection: Connection<'t>, marks: Marks<'t>, keys: &'t Keys) -> Self {
        let (sql, target) = match connection {
            Connection::Sqlite(db) => (sql.sqlite, Target::Sqlite(db, SqliteArguments::default())),
            Connection::Postgres(db) => (sql.postgres, Target::Postgres(db, PgArguments::default())),
        };
        tracing::trace!(target: "sql", sql);
        Self { sql, target, unbindable: None, marks, keys }
    }

    /// Binds the next value: `$1`, `$2`, …
    pub fn bind<'q>(mut self, value: impl Bind<'q>) -> Self {
        let bound = match &mut self.target {
            Target::Sqlite(_, arguments) => sqlx::Arguments::add(arguments, value),
            Target::Postgres(_, arguments) => arguments.add(value),
        };
        self.unbindable = self.unbindable.or(bound.err());
        self
    }

    /// All rows.
    pub async fn all<R: Row>(self) -> sqlx::Result<Vec<R>> {
        let keys = self.keys.clone();
        let (rows, needed) = self.rows().await?;
        keys.supply(&needed).await?;
        Ok(rows)
    }

    /// The row, if there is one.
    pub async fn optional<R: Row>(self) -> sqlx::Result<Option<R>> {
        let keys = self.keys.clone();
        let (sql, target, marks) = self.checked()?;
        let mut needed = Needed::default();
        let row = match target {
            Target::Sqlite(db, with) => {
                let query = sqlx::query_with(sql, with).try_map(|row| needed.while_decoding(|| R::from_row(&row)));
                marks.watch(query.fetch_optional(db)).await
            }
            Target::Postgres(db, with) => {
                let query = sqlx::query_with(sql, with).try_map(|row| needed.while_decoding(|| R::from_row(&row)));
                marks.watch(query.fetch_optional(db)).await
            }
        };
        let row = row?;
        keys.supply(&needed).await?;
        Ok(row)
    }

    /// All rows, and the data keys that their sealed texts still need.
    pub(super) async fn rows<R: Row>(self) -> sqlx::Result<(Vec<R>, Needed)> {
        let (sql, target, marks) = self.checked()?;
        let mut needed = Needed::default();
        let rows = match target {
            Target::Sqlite(db, with) => {
                let query = sqlx::query_with(sql, with).try_map(|row| needed.while_decoding(|| R::from_row(&row)));
                marks.watch(query.fetch_all(db)).await
            }
            Target::Postgres(db, with) => {
                let query = sqlx::query_with(sql, with).try_map(|row| needed.while_decoding(|| R::from_row(&row)));
                marks.watch(query.fetch_all(db)).await
            }
        };
        Ok((rows?, needed))
    }

    /// The row. Fails if there is none.
    pub async fn one<R: Row>(self) -> sqlx::Result<R> {
        self.optional().await?.ok_or(sqlx::Error::RowNotFound)
    }

    /// The number of rows, without reading them. It uses the SQL of the list, so that count and list agree.
    pub async fn count(self) -> sqlx::Result<i64> {
        let (sql, target, marks) = self.checked()?;
        let counting = format!("select count(*) from ({sql}) counted");
        tracing::trace!(target: "sql", sql = counting);
        // Both parts are constant texts.
        let counting = sqlx::AssertSqlSafe(counting);
        match target {
            Target::Sqlite(db, with) => marks.watch(sqlx::query_scalar_with(counting, with).fetch_one(db)).await,
            Target::Postgres(db, with) => marks.watch(sqlx::query_scalar_with(counting, with).fetch_one(db)).await,
        }
    }

    /// Runs a statement. Returns the number of affected rows.
    pub async fn run(self) -> sqlx::Result<u64> {
        let (sql, target, marks) = self.checked()?;
        match target {
            Target::Sqlite(db, with) => {
                marks.watch(sqlx::query_with(sql, with).execute(db)).await.map(|done| done.rows_affected())
            }
            Target::Postgres(db, with) => {
                marks.watch(sqlx::query_with(sql, with).execute(db)).await.map(|done| done.rows_affected())
            }
        }
    }

    fn checked(self) -> sqlx::Result<(&'static str, Target<'t>, Marks<'t>)> {
        match self.unbindable {
            Some(error) => {
                *self.marks.has_failed = true;
                Err(sqlx::Error::Encode(error))
            }
            None => Ok((self.sql, self.target, self.marks)),
        }
    }
}
