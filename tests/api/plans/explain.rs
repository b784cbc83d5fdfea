//! Asks an engine how it would run a statement, whatever values come with it. The texts are the
//! service's own, so they are safe with `explain` before them, too.

use mentorship::db::Db;
use sqlx::pool::PoolConnection;
use sqlx::{Postgres, Row as _};

/// The types of the values that statements bind; tried in this order where PostgreSQL cannot tell.
const TYPES: [&str; 7] = ["uuid", "text", "bigint", "boolean", "timestamptz", "date", "uuid[]"];

/// Lists without a filter go through a table by its ids, from the cursor on; no other list may.
const UNFILTERED: [&str; 2] = ["id >= $", "id > $1 order by "];

/// The steps that read a table from its first row to its last, or from the cursor to its last.
pub async fn whole_tables(db: &Db, text: &str) -> Vec<String> {
    match db {
        Db::Sqlite { .. } => on_sqlite(db, text).await,
        Db::Postgres { pool, .. } => on_postgres(pool.acquire().await.expect("a connection"), text).await,
    }
}

async fn on_sqlite(db: &Db, text: &str) -> Vec<String> {
    let (mut tx, tables) = if text.contains(" keys.") {
        (db.keys().read_one().await, "select name from keys.sqlite_schema where type = 'table'")
    } else {
        (db.read_one().await, "select name from sqlite_schema where type = 'table'")
    };
    let tx = tx.as_mut().expect("a look");
    let tables: Vec<(String,)> = tx.query(tables).all().await.expect("tables");
    let explain: &'static str = Box::leak(format!("explain query plan {text}").into_boxed_str());
    let rows: Result<Vec<(i64, i64, i64, String)>, _> = tx.query(explain).all().await;
    let steps = rows.unwrap_or_else(|error| panic!("{error}: {text}")).into_iter().map(|(.., detail)| detail);
    let words: Vec<_> = text.split_whitespace().map(|word| word.trim_end_matches([',', ')'])).collect();
    let is_unfiltered = UNFILTERED.iter().any(|part| text.contains(part));
    let is_whole = |step: &String| {
        if step.starts_with("SEARCH ") && step.ends_with(" (id>?)") {
            return !is_unfiltered;
        }
        let Some(read) = step.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next()) else { return false };
        // What else is read from first to last are rows that the statement has made itself.
        tables.iter().any(|(table,)| table == read || words.windows(2).any(|pair| pair == [table.as_str(), read]))
    };
    steps.filter(is_whole).collect()
}

async fn on_postgres(mut connection: PoolConnection<Postgres>, text: &str) -> Vec<String> {
    run(&mut connection, "set plan_cache_mode = force_generic_plan".to_owned()).await.expect("a setting");
    let count = (1..100).take_while(|number| text.contains(&format!("${number}"))).count();
    let mut types = vec!["unknown"; count];
    let mut doubtful = None;
    while let Err(error) = run(&mut connection, prepare(&types, text)).await {
        let named = error.to_string().split_once("data type of parameter $").and_then(|(_, rest)| {
            rest.split(|c: char| !c.is_ascii_digit()).next().and_then(|number| number.parse::<usize>().ok())
        });
        if let Some(number) = named {
            doubtful = Some((number - 1, TYPES.into_iter()));
        }
        let Some((place, untried)) = &mut doubtful else { panic!("{error}: {text}") };
        types[*place] = untried.next().unwrap_or_else(|| panic!("{error}: {text}"));
    }
    let nulls = vec!["null"; count].join(", ");
    let execute =
        if count == 0 { "explain execute asked".to_owned() } else { format!("explain execute asked ({nulls})") };
    let steps = run(&mut connection, execute).await.unwrap_or_else(|error| panic!("{error}: {text}"));
    run(&mut connection, "deallocate asked".to_owned()).await.expect("it was prepared");
    steps.into_iter().filter(|step| step.contains("Seq Scan on ")).collect()
}

fn prepare(types: &[&str], text: &str) -> String {
    let types = if types.is_empty() { String::new() } else { format!("({})", types.join(", ")) };
    format!("prepare asked {types} as {text}")
}

async fn run(connection: &mut PoolConnection<Postgres>, text: String) -> sqlx::Result<Vec<String>> {
    let rows = sqlx::raw_sql(sqlx::AssertSqlSafe(text)).fetch_all(&mut **connection).await?;
    Ok(rows.into_iter().map(|row| row.get::<String, _>(0).trim().to_owned()).collect())
}
