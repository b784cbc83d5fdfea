//! Named parameters: `query!` takes SQL with names such as `:pair_id`, and the values by name. The names become the
//! numbers of the engines (`$1`, `$2`, …) when the service is compiled. `= any(:ids)` takes [`Ids`](super::Ids) on both.

use super::Engine;

/// Prepares a statement of a transaction with its values. The SQL has named parameters; each is given as `name = value`,
/// or as `name` if a variable has the same name. A name that is missing or not used does not compile. The SQL is a
/// constant, a list of constants that are joined, or [`Sql`](super::Sql) with a text for each engine.
///
/// ```text
/// query!(tx, "update notes set text = :text where id = :id", id = note.id, text).run().await?;
/// query!(tx, [SELECT, "where n.id = :id"], id).optional().await?;
/// ```
macro_rules! query {
    ($tx:expr, Sql { sqlite: $sqlite:tt, postgres: $postgres:tt $(,)? } $(, $name:ident $(= $value:expr)?)* $(,)?) => {{
        const NAMES: &[&str] = &[$(stringify!($name)),*];
        const SQL: $crate::db::Sql = $crate::db::Sql {
            sqlite: $crate::db::query!(@numbered Sqlite, $sqlite, NAMES),
            postgres: $crate::db::query!(@numbered Postgres, $postgres, NAMES),
        };
        $crate::db::query!(@prepare $tx, SQL, NAMES)$(.bind($crate::db::query!(@value $name $($value)?)))*
    }};
    ($tx:expr, [$($part:expr),+ $(,)?] $(, $name:ident $(= $value:expr)?)* $(,)?) => {
        $crate::db::query!(
            $tx, Sql { sqlite: [$($part),+], postgres: [$($part),+] } $(, $name $(= $value)?)*
        )
    };
    ($tx:expr, $sql:expr $(, $name:ident $(= $value:expr)?)* $(,)?) => {
        $crate::db::query!($tx, [$sql] $(, $name $(= $value)?)*)
    };
    (@numbered $engine:ident, [$($part:expr),+ $(,)?], $names:ident) => {{
        use $crate::db::Engine::$engine as ENGINE;
        const PARTS: &[&str] = &[$($part),+];
        const LENGTH: usize = $crate::db::named::length(ENGINE, PARTS, $names);
        const BYTES: [u8; LENGTH] = $crate::db::named::numbered(ENGINE, PARTS, $names);
        match std::str::from_utf8(&BYTES) {
            Ok(text) => text,
            Err(_) => panic!("the SQL is not UTF-8"),
        }
    }};
    (@numbered $engine:ident, $sql:expr, $names:ident) => { $crate::db::query!(@numbered $engine, [$sql], $names) };
    (@prepare $tx:expr, $sql:ident, $names:ident) => {{
        const { $crate::db::named::check_all_used($sql.postgres, $names) };
        $tx.query($sql)
    }};
    (@value $name:ident) => { $name };
    (@value $name:ident $value:expr) => { $value };
}
pub(crate) use query;

/// Prepares the insert of one row. Values are named after their columns; `note { id, author_id }` are fields of `note`
/// with the names of their columns.
///
/// ```text
/// insert!(tx, "notes", note { id, author_id, created_at }, text, updated_at = note.created_at, revision = 1)
/// ```
macro_rules! insert {
    (@columns $tx:expr, $table:literal, $first:ident = $value:expr $(, $name:ident = $values:expr)*) => {
        $crate::db::query!(
            $tx,
            [concat!(
                "insert into ", $table, " (", stringify!($first), $(", ", stringify!($name),)*
                ") values (:", stringify!($first), $(", :", stringify!($name),)* ")"
            )],
            $first = $value $(, $name = $values)*
        )
    };
    ($tx:expr, $table:literal, $record:ident { $($field:ident),+ $(,)? } $(, $name:ident $(= $value:expr)?)* $(,)?) => {
        $crate::db::insert!(
            @columns $tx, $table,
            $($field = &$record.$field),+ $(, $name = $crate::db::query!(@value $name $($value)?))*
        )
    };
    ($tx:expr, $table:literal $(, $name:ident $(= $value:expr)?)+ $(,)?) => {
        $crate::db::insert!(@columns $tx, $table $(, $name = $crate::db::query!(@value $name $($value)?))+)
    };
}
pub(crate) use insert;

/// Prepares the update of one record, unless another request changed it first: then no row is touched. The SQL begins
/// the update and counts the revision; the values that follow are set, as in [`insert`].
///
/// ```text
/// saved(save!(tx, "update notes set revision = revision + 1", note { updated_at }, text).run().await?)
/// ```
macro_rules! save {
    ($tx:expr, $begin:literal, $record:ident { $($field:ident),+ $(,)? } $(, $name:ident $(= $value:expr)?)* $(,)?) => {
        $crate::db::query!(
            $tx,
            [concat!(
                $begin $(, ", ", stringify!($field), " = :", stringify!($field))+
                $(, ", ", stringify!($name), " = :", stringify!($name))*,
                " where id = :id and revision = :revision"
            )],
            id = &$record.id, revision = &$record.revision $(, $field = &$record.$field)+
            $(, $name = $crate::db::query!(@value $name $($value)?))*
        )
    };
}
pub(crate) use save;

/// Runs statements with the same values, one after the other. Returns the number of affected rows.
///
/// ```text
/// run_each!(tx, (person), ["delete from notes where author_id = :person", "delete from reflections …"])
/// ```
macro_rules! run_each {
    ($tx:expr, $values:tt, [$($sql:expr),+ $(,)?]) => {{
        let mut affected = 0;
        $(affected += $crate::db::run_each!(@one $tx, $sql, $values);)+
        affected
    }};
    (@one $tx:expr, $sql:expr, ($($name:ident $(= $value:expr)?),+)) => {
        $crate::db::query!($tx, $sql $(, $name $(= $value)?)+).run().await?
    };
}
pub(crate) use run_each;

/// Locks the record that the SQL finds for `:id`, such as the pair of a note, until the transaction ends. If there is
/// none it locks the id, so that the same statements run in both cases. Does nothing on SQLite; see [`Tx::lock`].
///
/// [`Tx::lock`]: super::Tx::lock
macro_rules! lock_found {
    ($tx:expr, $sql:expr, $id:expr) => {
        if $tx.has_other_writers() {
            let id = uuid::Uuid::from($id);
            let found = $crate::db::query!($tx, $sql, id).optional::<(uuid::Uuid,)>().await?;
            $tx.lock(found.map_or(id, |(found,)| found)).await?;
        }
    };
}
pub(crate) use lock_found;

/// Length in bytes of the joined SQL with numbers instead of names.
pub const fn length(engine: Engine, parts: &[&str], names: &[&str]) -> usize {
    rewrite(engine, parts, names, &mut [])
}

/// The joined SQL with numbers instead of names: `$1` is the first of `names`.
pub const fn numbered<const LENGTH: usize>(engine: Engine, parts: &[&str], names: &[&str]) -> [u8; LENGTH] {
    let mut written = [0; LENGTH];
    rewrite(engine, parts, names, &mut written);
    written
}

/// Fails the build if a name has no place in the SQL, which has numbers already.
pub const fn check_all_used(sql: &str, names: &[&str]) {
    let sql = sql.as_bytes();
    let mut number = 1;
    while number <= names.len() {
        let mut at = 0;
        while !is_number_at(sql, at, number) {
            assert!(at < sql.len(), "a value is given for a name that the SQL does not have");
            at += 1;
        }
        number += 1;
    }
}

/// Writes the SQL into `to`, if `to` is long enough. Returns the length. Parts are joined with a space. A name or
/// a quoted text ends in its part.
const fn rewrite(engine: Engine, parts: &[&str], names: &[&str], to: &mut [u8]) -> usize {
    let (mut part, mut length) = (0, 0);
    while part < parts.len() {
        if part > 0 {
            length = write(b' ', to, length);
        }
        length = rewrite_part(engine, parts[part].as_bytes(), names, to, length);
        part += 1;
    }
    length
}

const fn rewrite_part(engine: Engine, sql: &[u8], names: &[&str], to: &mut [u8], mut length: usize) -> usize {
    let (mut from, mut is_quoted) = (0, false);
    while from < sql.len() {
        let byte = sql[from];
        is_quoted = is_quoted != (byte == b'\'');
        assert!(is_quoted || byte != b'$', "use names such as `:id` instead of numbers in SQL");
        // `::` is the type cast of PostgreSQL.
        let is_mark = !is_quoted && byte == b':' && (from == 0 || sql[from - 1] != b':');
        if is_mark && is_name_byte(byte_at(sql, from + 1)) {
            let end = end_of_name(sql, from + 1);
            length = write_number(number_of(sql, from + 1, end, names), to, length);
            from = end;
        } else if matches!(engine, Engine::Sqlite) && !is_quoted && has_at(sql, from, ANY) {
            // SQLite has no arrays: `Ids` is bound as JSON there.
            let (start, end) = (from + ANY.len(), end_of_name(sql, from + ANY.len()));
            assert!(byte_at(sql, end) == b')', "write `= any(:ids)`");
            length = write_all(b"in (select unhex(value) from json_each(", to, length);
            length = write_number(number_of(sql, start, end, names), to, length);
            length = write_all(b"))", to, length);
            from = end + 1;
        } else {
            length = write(byte, to, length);
            from += 1;
        }
    }
    assert!(!is_quoted, "a quoted text ends in another part of the SQL");
    length
}

/// How SQL asks for one of several ids.
const ANY: &[u8] = b"= any(:";

const fn has_at(sql: &[u8], from: usize, text: &[u8]) -> bool {
    let mut same = 0;
    while same < text.len() && byte_at(sql, from + same) == text[same] {
        same += 1;
    }
    same == text.len()
}

const fn write_all(text: &[u8], to: &mut [u8], mut at: usize) -> usize {
    let mut index = 0;
    while index < text.len() {
        at = write(text[index], to, at);
        index += 1;
    }
    at
}

const fn write(byte: u8, to: &mut [u8], at: usize) -> usize {
    if at < to.len() {
        to[at] = byte;
    }
    at + 1
}

#[expect(clippy::cast_possible_truncation, reason = "a digit")]
const fn write_number(number: usize, to: &mut [u8], at: usize) -> usize {
    let mut at = write(b'$', to, at);
    if number >= 10 {
        at = write(b'0' + (number / 10) as u8, to, at);
    }
    write(b'0' + (number % 10) as u8, to, at)
}

const fn is_number_at(sql: &[u8], at: usize, number: usize) -> bool {
    if byte_at(sql, at) != b'$' {
        return false;
    }
    let (mut end, mut value) = (at + 1, 0);
    while byte_at(sql, end).is_ascii_digit() {
        value = value * 10 + (sql[end] - b'0') as usize;
        end += 1;
    }
    value == number
}

/// The number of a name: its place in `names`, from 1.
const fn number_of(sql: &[u8], from: usize, end: usize, names: &[&str]) -> usize {
    let mut index = 0;
    while index < names.len() {
        let name = names[index].as_bytes();
        let mut same = 0;
        while same < name.len() && from + same < end && name[same] == sql[from + same] {
            same += 1;
        }
        if same == name.len() && from + same == end {
            assert!(index < 99, "a statement has at most 99 values");
            return index + 1;
        }
        index += 1;
    }
    panic!("the SQL has a name for which no value is given")
}

const fn end_of_name(sql: &[u8], from: usize) -> usize {
    let mut end = from;
    while is_name_byte(byte_at(sql, end)) {
        end += 1;
    }
    end
}

const fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'
}

/// The byte at this place, or 0 after the end.
const fn byte_at(sql: &[u8], at: usize) -> u8 {
    if at < sql.len() { sql[at] } else { 0 }
}

#[cfg(test)]
mod tests {
    /// The text that `query!` makes of `sql`.
    macro_rules! text {
        ($sql:tt, $($name:ident),*) => {{
            const NAMES: &[&str] = &[$(stringify!($name)),*];
            super::query!(@numbered Postgres, $sql, NAMES)
        }};
    }

    #[test]
    fn names_become_the_numbers_of_their_values() {
        assert_eq!(
            text!(
                "update notes set text = :text, updated_at = :now where id = :id and created_at < :now",
                id,
                text,
                now
            ),
            "update notes set text = $2, updated_at = $3 where id = $1 and created_at < $3"
        );
    }

    #[test]
    fn parts_are_joined() {
        const SELECT: &str = "select id from notes";
        assert_eq!(text!([SELECT, "where id = :id"], id), "select id from notes where id = $1");
    }

    #[test]
    fn a_name_ends_where_its_word_ends() {
        assert_eq!(text!("values (:a, :a_b, :a1)", a, a_b, a1), "values ($1, $2, $3)");
    }

    #[test]
    fn type_casts_and_quoted_text_stay() {
        assert_eq!(
            text!("select :at::timestamptz, 'at :at', '$.a', 'it''s :at'", at),
            "select $1::timestamptz, 'at :at', '$.a', 'it''s :at'"
        );
    }

    #[test]
    fn one_of_several_ids_is_written_for_each_engine() {
        const NAMES: &[&str] = &["now", "ids"];
        const SQL: &str = "select id from notes where id = any(:ids) and created_at < :now";
        assert_eq!(
            super::query!(@numbered Sqlite, SQL, NAMES),
            "select id from notes where id in (select unhex(value) from json_each($2)) and created_at < $1"
        );
        assert_eq!(
            super::query!(@numbered Postgres, SQL, NAMES),
            "select id from notes where id = any($2) and created_at < $1"
        );
    }

    #[test]
    fn the_tenth_value_has_two_digits() {
        assert_eq!(text!("values (:j, :i)", a, b, c, d, e, f, g, h, i, j), "values ($10, $9)");
    }
}
