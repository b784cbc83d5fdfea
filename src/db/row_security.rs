//! Row-level security of PostgreSQL: a second protection behind the policy of the service. The migrations create the
//! policies. Here the owner of the tables turns them on for a role, and the service checks that they apply to its own
//! role.

use std::fmt;

use super::{Db, Engine, OpenTx, Tx, query};

/// The tables with row-level security and the names of their policies.
const PROTECTED_TABLES: [(&str, &str); 14] = [
    ("action_items", "by_the_author, for_the_two"),
    ("agenda_items", "by_the_author, for_the_two"),
    ("audit_chains", "by_the_service"),
    ("audit_checkpoints", "by_the_service"),
    ("audit_events", "by_the_actor, by_the_service, for_the_author"),
    ("audit_records", "by_the_service"),
    ("blockers", "by_the_author, for_the_two"),
    ("fairness_members", "by_the_service, for_the_person"),
    ("notebook_entries", "for_the_author, in_their_pair"),
    ("notes", "by_the_author, for_the_two"),
    ("notices", "by_the_service, for_the_recipient, marked_by_the_recipient"),
    ("pair_notes", "by_the_author, for_the_two"),
    ("person_blocks", "for_the_author"),
    ("reflections", "for_the_author, in_their_pair"),
];

/// Why row-level security does not protect, or cannot be used.
#[derive(Debug)]
pub struct RowSecurityError(String);

impl RowSecurityError {
    fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for RowSecurityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RowSecurityError {}

impl From<sqlx::Error> for RowSecurityError {
    fn from(error: sqlx::Error) -> Self {
        Self(format!("cannot be checked: {error}; run `mentorship row-security` as the owner of the tables first"))
    }
}

/// The state of a protected table for the current role.
#[derive(sqlx::FromRow)]
struct Table {
    name: String,
    is_active: bool,
    is_forced: bool,
    is_owned: bool,
    /// The names of its policies. `None`: there is no such table.
    policies: Option<String>,
}

impl Db {
    /// The same database, which sets the viewer in each transaction. Fails if row-level security does not protect, or
    /// if the schema is not up to date.
    pub async fn with_row_security(self) -> Result<Self, RowSecurityError> {
        let Self::Postgres { pool, own, keys, .. } = &self else {
            return Err(RowSecurityError::new("needs PostgreSQL; an embedded database has no roles"));
        };
        check_role(&mut self.read_one().await?).await?;
        if !self.is_migrated().await? {
            return Err(RowSecurityError::new(
                "the tables are not those of this version; run `mentorship row-security` as their owner",
            ));
        }
        let mut tx = self.read().await?;
        check_tables(&mut tx).await?;
        check_silence(&mut tx).await?;
        Ok(Self::Postgres { pool: pool.clone(), own: own.clone(), keys: keys.clone(), has_row_security: true })
    }

    /// Whether policies hide rows from this role. Then the service must set the viewer.
    pub async fn hides_rows(&self) -> sqlx::Result<bool> {
        match self.engine() {
            Engine::Sqlite => Ok(false),
            Engine::Postgres => {
                let mut tx = self.read_one().await?;
                Ok(tables(&mut tx).await?.iter().any(|table| table.is_active))
            }
        }
    }

    /// Forces row-level security and gives `role` the rights that the service needs. Run it as the owner of the tables.
    pub async fn install_row_security(&self, role: &str) -> Result<(), RowSecurityError> {
        if self.engine() == Engine::Sqlite {
            return Err(RowSecurityError::new("needs PostgreSQL; an embedded database has no roles"));
        }
        let mut tx = self.write().await?;
        let (quoted, schema): (String, String) =
            query!(tx, "select quote_ident(:role), quote_ident(current_schema())", role).one().await?;
        let lax: Vec<_> = tables(&mut tx).await?.into_iter().filter(|table| !table.is_forced).collect();
        let forced = lax.iter().map(|table| format!("alter table {} force row level security", table.name));
        let granted = [
            format!("grant usage on schema {schema}, keys to {quoted}"),
            format!("grant select, insert, update, delete on all tables in schema {schema} to {quoted}"),
            format!("revoke insert, update, delete on _sqlx_migrations from {quoted}"),
            // Audit events are added and never changed or deleted.
            format!("revoke delete on audit_events, audit_records, audit_chains, audit_checkpoints from {quoted}"),
            format!("revoke update on audit_records, audit_checkpoints from {quoted}"),
            format!("grant select, insert, update on keys.data_keys to {quoted}"),
            format!("grant select, insert on keys.erasures to {quoted}"),
            format!("grant select, insert on keys.installation to {quoted}"),
            format!("grant select, insert, update on keys.key_fingerprints to {quoted}"),
            format!("grant select, insert, update on keys.former_names to {quoted}"),
            format!("grant select on keys._sqlx_migrations to {quoted}"),
        ];
        for statement in forced.chain(granted) {
            run(&mut tx, statement).await.map_err(|error| RowSecurityError(error.to_string()))?;
        }
        Ok(tx.commit().await?)
    }
}

/// Checks that the role cannot become a role that bypasses the policies.
async fn check_role(tx: &mut Tx) -> Result<(), RowSecurityError> {
    let found = query!(
        tx,
        "select r.rolname::text, r.rolsuper from pg_roles r
         where (r.rolsuper or r.rolbypassrls)
            and (pg_has_role(current_user, r.oid, 'member') or pg_has_role(session_user, r.oid, 'member'))
         order by r.rolsuper desc, r.rolname limit 1"
    );
    match found.optional::<(String, bool)>().await? {
        Some((role, true)) => {
            Err(RowSecurityError(format!("the role is or may become the superuser {role}, who bypasses row security")))
        }
        Some((role, false)) => {
            Err(RowSecurityError(format!("the role is or may become {role}, who bypasses row security")))
        }
        None => Ok(()),
    }
}

async fn check_tables(tx: &mut Tx) -> Result<(), RowSecurityError> {
    for (table, (_, policies)) in tables(tx).await?.iter().zip(PROTECTED_TABLES) {
        let name = &table.name;
        let wrong = match table {
            Table { policies: None, .. } => "does not exist".to_owned(),
            Table { is_owned: true, .. } => {
                "belongs to this role, which could turn row-level security off; use another role".to_owned()
            }
            Table { policies: Some(found), .. } if found != policies => {
                format!("has the policies ({found}) instead of ({policies})")
            }
            Table { is_forced: false, .. } => "does not force its policies on its owner".to_owned(),
            Table { is_active: false, .. } => "does not apply its policies to this role".to_owned(),
            _ => continue,
        };
        return Err(RowSecurityError(format!(
            "table {name} {wrong}; run `mentorship row-security` as the owner of the tables"
        )));
    }
    Ok(())
}

/// Checks that private rows are hidden while no viewer is set.
async fn check_silence(tx: &mut Tx) -> Result<(), RowSecurityError> {
    let (named,): (String,) =
        query!(tx, "select coalesce(current_setting('mentorship.viewer', true), '')").one().await?;
    if !named.is_empty() {
        return Err(RowSecurityError(format!(
            "the role sets mentorship.viewer to {named:?} at the start; run `alter role … reset mentorship.viewer`"
        )));
    }
    let (is_open,): (bool,) = query!(
        tx,
        "select exists (select 1 from action_items) or exists (select 1 from agenda_items)
         or exists (select 1 from blockers) or exists (select 1 from notebook_entries)
         or exists (select 1 from notes) or exists (select 1 from pair_notes)
         or exists (select 1 from person_blocks) or exists (select 1 from reflections)
         or exists (select 1 from audit_events) or exists (select 1 from audit_records)"
    )
    .one()
    .await?;
    if is_open { Err(RowSecurityError::new("private rows are visible although no viewer is set")) } else { Ok(()) }
}

/// The protected tables, in the order of [`PROTECTED_TABLES`].
async fn tables(tx: &mut Tx) -> sqlx::Result<Vec<Table>> {
    let names = PROTECTED_TABLES.map(|(name, _)| name).join(",");
    query!(
        tx,
        "select t.name,
            coalesce(row_security_active(c.oid), false) as is_active,
            coalesce(c.relforcerowsecurity, false) as is_forced,
            coalesce(pg_has_role(current_user, c.relowner, 'member'), false) as is_owned,
            case when c.oid is not null
                 then coalesce((select string_agg(p.polname, ', ' order by p.polname)
                                from pg_policy p where p.polrelid = c.oid), '') end as policies
         from string_to_table(:names, ',') with ordinality t (name, place)
         left join pg_class c on c.oid = to_regclass(t.name)
         order by t.place",
        names
    )
    .all()
    .await
}

/// Runs a command without bound values. The caller has quoted its names.
async fn run(tx: &mut Tx, command: String) -> sqlx::Result<()> {
    match &mut tx.open {
        Some(OpenTx::Postgres(db)) => sqlx::raw_sql(sqlx::AssertSqlSafe(command)).execute(&mut **db).await.map(drop),
        _ => Ok(()),
    }
}
