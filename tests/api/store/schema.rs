//! After migrating, both engines hold the same tables, columns, keys and indexes.

use mentorship::db::Sql;

use crate::harness::TestApp;

/// Table, column, type, whether it may be empty, and its place in the primary key.
const COLUMNS: Sql = Sql {
    sqlite: "select t.name || '.' || c.name || ' '
                 -- The one word by which SQLite counts up by itself.
                 || case lower(c.type) when 'integer' then 'bigint' else lower(c.type) end
                 || case when c.\"notnull\" = 1 or c.pk > 0 then ' not null' else '' end
                 || case when c.pk > 0 then ' key ' || c.pk else '' end
             from sqlite_master t join pragma_table_info(t.name) c
             where t.type = 'table' and t.name not like 'sqlite_%' and t.name not like '\\_sqlx%' escape '\\'",
    postgres: "select c.table_name || '.' || c.column_name || ' '
                   || case c.data_type when 'timestamp with time zone' then 'timestamptz' else c.data_type end
                   || case when c.is_nullable = 'NO' then ' not null' else '' end
                   || coalesce((select ' key ' || u.ordinal_position from information_schema.table_constraints k
                                join information_schema.key_column_usage u
                                    on u.constraint_name = k.constraint_name and u.table_name = k.table_name
                                where k.constraint_type = 'PRIMARY KEY' and k.table_name = c.table_name
                                    and k.table_schema = c.table_schema and u.table_schema = c.table_schema
                                    and u.column_name = c.column_name), '')
               from information_schema.columns c
               where c.table_schema = 'public' and c.table_name not like '\\_sqlx%'",
};

/// Table, name (constraints have none of their own), columns in order, uniqueness and whether it
/// holds a part of the rows. Primary keys are among the columns above.
const INDEXES: Sql = Sql {
    sqlite: "select t.name || ' ' || case when i.origin = 'c' then i.name else '-' end || ' ('
                 || (select group_concat(coalesce(x.name, '<expression>') || case when x.\"desc\" = 1 then ' desc' else '' end, ', ' order by x.seqno)
                     from pragma_index_xinfo(i.name) x where x.key = 1) || ')'
                 || case when i.\"unique\" = 1 then ' unique' else '' end
                 || case when i.partial = 1 then ' partial' else '' end
             from sqlite_master t join pragma_index_list(t.name) i
             where t.type = 'table' and t.name not like 'sqlite_%' and t.name not like '\\_sqlx%' escape '\\' and i.origin <> 'pk'",
    postgres: "select t.relname || ' ' || case when k.conname is null then n.relname else '-' end || ' ('
                   || (select string_agg(coalesce(a.attname, '<expression>') || case when i.indoption[p.at - 1] & 1 = 1 then ' desc' else '' end, ', ' order by p.at)
                       from unnest(i.indkey) with ordinality p (number, at)
                       left join pg_attribute a on a.attrelid = t.oid and a.attnum = p.number and p.number > 0) || ')'
                   || case when i.indisunique then ' unique' else '' end
                   || case when i.indpred is not null then ' partial' else '' end
               from pg_index i
               join pg_class n on n.oid = i.indexrelid
               join pg_class t on t.oid = i.indrelid
               join pg_namespace s on s.oid = t.relnamespace and s.nspname = 'public'
               left join pg_constraint k on k.conindid = i.indexrelid and k.contype = 'u'
               where not i.indisprimary and t.relname not like '\\_sqlx%'",
};

/// Indexes that one engine needs and the other has no use for; this list may only shrink.
const ONE_ENGINE_ALONE: &[&str] = &[
    // PostgreSQL compares text by the rules of a language unless told; SQLite by bytes.
    "people people_by_name_bytes (name_folded, id)",
];

/// Table, columns, where they point and what a deletion there does.
const REFERENCES: Sql = Sql {
    sqlite: "select t.name || ' (' || group_concat(f.\"from\", ', ' order by f.seq) || ') -> ' || f.\"table\" || ' ('
                 || group_concat(f.\"to\", ', ' order by f.seq) || ') ' || lower(f.on_delete)
             from sqlite_master t join pragma_foreign_key_list(t.name) f
             where t.type = 'table' group by t.name, f.id",
    postgres: "select t.relname || ' ('
                   || (select string_agg(a.attname, ', ' order by p.at) from unnest(k.conkey) with ordinality p (number, at)
                       join pg_attribute a on a.attrelid = k.conrelid and a.attnum = p.number)
                   || ') -> ' || o.relname || ' ('
                   || (select string_agg(a.attname, ', ' order by p.at) from unnest(k.confkey) with ordinality p (number, at)
                       join pg_attribute a on a.attrelid = k.confrelid and a.attnum = p.number)
                   || ') ' || case k.confdeltype when 'a' then 'no action' when 'c' then 'cascade' when 'n' then 'set null'
                                                 when 'r' then 'restrict' else 'set default' end
               from pg_constraint k join pg_class t on t.oid = k.conrelid join pg_class o on o.oid = k.confrelid
               where k.contype = 'f'",
};

async fn told(app: &TestApp, sql: Sql) -> Vec<String> {
    let mut tx = app.db.read().await.expect("a snapshot");
    let rows: Vec<(String,)> = tx.query(sql).all().await.expect("the catalogue answers");
    let shared = rows.into_iter().map(|(line,)| line).filter(|line| !ONE_ENGINE_ALONE.contains(&line.as_str()));
    let mut lines: Vec<_> = shared.collect();
    lines.sort();
    lines
}

/// One folder of migrations, one schema.
#[actix_web::test]
async fn both_engines_have_the_same_schema() {
    let sqlite = TestApp::on_sqlite().await;
    let Some(postgres) = TestApp::on_postgres().await else { return sqlite.stop().await };
    for (what, sql) in [("columns", COLUMNS), ("indexes", INDEXES), ("references", REFERENCES)] {
        let (left, right) = (told(&sqlite, sql).await, told(&postgres, sql).await);
        assert!(left.len() > 10, "only {} {what}: the question is wrong", left.len());
        let only = |these: &[String], those: &[String]| {
            these.iter().filter(|line| !those.contains(line)).cloned().collect::<Vec<_>>().join("\n  ")
        };
        let (here, there) = (only(&left, &right), only(&right, &left));
        assert!(left == right, "{what}\nonly on SQLite:\n  {here}\nonly on PostgreSQL:\n  {there}");
    }
    sqlite.stop().await;
    postgres.stop().await;
}

/// A foreign key without an index makes every deletion, and many a list, walk the whole table.
#[actix_web::test]
async fn every_foreign_key_has_an_index() {
    let Some(app) = TestApp::on_postgres().await else { return };
    let bare = Sql::from(
        "select k.conrelid::regclass::text || ' ' || k.conname from pg_constraint k
         where k.contype = 'f' and not exists (
            select 1 from pg_index i where i.indrelid = k.conrelid
                and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) like '(% IS NOT NULL)')
                and (i.indkey::int2[])[0:array_length(k.conkey, 1) - 1] operator(pg_catalog.@>) k.conkey)",
    );
    let bare = told(&app, bare).await;
    assert!(bare.is_empty(), "no index begins with the columns of {bare:?}");
    app.stop().await;
}
