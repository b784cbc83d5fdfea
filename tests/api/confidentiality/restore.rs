//! Takes a world back: the organisation is kept beside itself, and put in the place of what became of it.

use mentorship::db::Db;
use sqlx::Executor as _;

/// Keeps what the roster of mentors has heard of, and the audit log, which its keeper goes on
/// writing; the rest of a world is taken back.
const KEPT: [&str; 6] =
    ["_sqlx_migrations", "matching_marks", "audit_events", "audit_records", "audit_chains", "audit_checkpoints"];

/// Remembers the organisation beside itself, and how to bring it back.
pub async fn remember(db: &Db) -> &'static str {
    let names: sqlx::Result<Vec<(String,)>> = match db {
        Db::Sqlite { .. } => {
            let tables =
                "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' order by name";
            db.read_one().await.expect("a look").query(tables).all().await
        }
        Db::Postgres { pool, .. } => {
            let later = "do $$ declare rule record; begin
                for rule in select conrelid::regclass as place, conname from pg_constraint where contype = 'f' loop
                    execute format('alter table %s alter constraint %I deferrable', rule.place, rule.conname);
                end loop; end $$";
            pool.execute(later).await.expect("rules can wait");
            let tables = "select cast(tablename as text) from pg_tables where schemaname = 'public' order by 1";
            sqlx::query_as(tables).fetch_all(pool).await
        }
    };
    let names: Vec<_> = names.expect("tables").into_iter().map(|(name,)| name).collect();
    let names: Vec<_> = names.iter().filter(|name| !KEPT.contains(&name.as_str())).collect();
    let each = |text: &dyn Fn(&str) -> String| names.iter().map(|name| text(name)).collect::<String>();
    let copy = each(&|name| format!("create table as_it_was_{name} as select * from {name};"));
    let remove = each(&|name| format!("delete from {name};"));
    let bring = each(&|name| format!("insert into {name} select * from as_it_was_{name};"));
    run(db, Box::leak(copy.into_boxed_str())).await;
    let wait = match db {
        Db::Sqlite { .. } => "pragma defer_foreign_keys = on;",
        Db::Postgres { .. } => "set constraints all deferred;",
    };
    Box::leak(format!("{wait}{remove}{bring}").into_boxed_str())
}

/// Runs several statements as one unit of work.
pub async fn run(db: &Db, statements: &'static str) {
    match db {
        Db::Sqlite { .. } => {
            let mut tx = db.write().await.expect("a unit of work");
            tx.query(statements).run().await.expect("it runs");
            tx.commit().await.expect("it commits");
        }
        Db::Postgres { pool, .. } => {
            pool.execute(statements).await.expect("it runs");
        }
    }
}
