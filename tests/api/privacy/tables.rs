//! The tables behind the service's back: what stands in them, and an older backup of them.

use mentorship::db::{Db, Sql};

use crate::harness::TestApp;

/// Tables that triggers keep, or that only migrations write.
const KEPT: [&str; 2] = ["_sqlx_migrations", "matching_marks"];

fn leaked(sql: String) -> &'static str {
    Box::leak(sql.into_boxed_str())
}

async fn tables(app: &TestApp) -> Vec<String> {
    let mut tx = app.db.read_one().await.expect("a look");
    let found = tx.query(Sql {
        sqlite: "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'",
        postgres: "select tablename::text from pg_tables where schemaname = 'public'",
    });
    let found: Vec<(String,)> = found.all().await.expect("tables");
    found.into_iter().map(|(name,)| name).filter(|name| !KEPT.contains(&name.as_str())).collect()
}

async fn run(app: &TestApp, statements: Vec<String>) {
    let mut tx = app.db.write().await.expect("a unit of work");
    for statement in statements {
        tx.query(leaked(statement)).run().await.expect("it is done");
    }
    tx.commit().await.expect("it commits");
}

/// Every row of every table, as text.
pub async fn dump(app: &TestApp) -> String {
    let mut told = String::new();
    for table in tables(app).await {
        let mut tx = app.db.read_one().await.expect("a look");
        let sql = match app.db {
            Db::Postgres { .. } => format!("select t::text from {table} t"),
            Db::Sqlite { .. } => {
                let columns = leaked(format!("select name from pragma_table_info('{table}')"));
                let columns: Vec<(String,)> = tx.query(columns).all().await.expect("columns");
                let quoted: Vec<_> = columns.into_iter().map(|(name,)| format!("quote({name})")).collect();
                format!("select {} from {table}", quoted.join(" || ',' || "))
            }
        };
        let rows: Vec<(String,)> = tx.query(leaked(sql)).all().await.expect("rows");
        told.extend(rows.into_iter().map(|(row,)| format!("{table}: {row}\n")));
    }
    told
}

/// Backs all tables up, inside the database itself.
pub async fn back_up(app: &TestApp) {
    let copies =
        tables(app).await.into_iter().map(|table| format!("create table backup_{table} as select * from {table}"));
    run(app, copies.collect()).await;
}

/// Brings the backup back, as if the database were restored beside the keys of today.
pub async fn restore(app: &TestApp) {
    let backups = tables(app).await.into_iter().filter(|table| table.starts_with("backup_"));
    let backed_up: Vec<_> = backups.map(|table| table.trim_start_matches("backup_").to_owned()).collect();
    let loosen = match app.db {
        Db::Sqlite { .. } => "pragma defer_foreign_keys = on",
        Db::Postgres { .. } => "set local session_replication_role = replica",
    };
    let gone = backed_up.iter().map(|table| format!("delete from {table}"));
    let back = backed_up.iter().map(|table| format!("insert into {table} select * from backup_{table}"));
    let drop = backed_up.iter().map(|table| format!("drop table backup_{table}"));
    run(app, [loosen.to_owned()].into_iter().chain(gone).chain(back).chain(drop).collect()).await;
    // An operator would have stopped the service. This one goes on, and writes what is missing from its audit log again.
    crate::audit::put_right(app).await;
}
