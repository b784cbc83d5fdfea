-- What opens the private words of the database, apart from it: a file of its own on SQLite, a schema of its own on
-- PostgreSQL. Back it up apart, and keep those backups for a short time: what is destroyed here should stay so.

-- One key for all that a person writes for one pair, or for themselves alone (then the scope is the person).
-- Wrapped by a key of the key ring; null once destroyed.
create table keys.data_keys (
    id        uuid  primary key,
    scope_id  uuid  not null,
    author_id uuid  not null,
    wrapped   bytea,
    -- Counts the keys in the order they were made, without a gap: so it shows when some are missing.
    number    bigint unique,
    unique (author_id, scope_id)
);

-- Whose keys were destroyed. They get no new ones.
create table keys.erasures (
    author_id uuid        primary key,
    erased_at timestamptz not null
);

-- The installation that the keys belong to, as the main database has it; and the same fingerprints.
create table keys.installation (
    id uuid primary key
);
create table keys.key_fingerprints (
    kind        text  not null check (kind in ('keyring', 'audit', 'token')),
    label       text  not null,
    fingerprint bytea not null,
    primary key (kind, label)
);
