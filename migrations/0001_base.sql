-- One schema for both engines: SQLite takes any type name, PostgreSQL enforces it.

-- Who may ask besides people. Their tokens are signed by the service; scopes are a ceiling.
create table service_accounts (
    id          uuid        primary key,
    name        text        not null,
    name_folded text        not null unique,
    scopes      jsonb       not null,
    is_enabled  boolean     not null,
    created_at  timestamptz not null,
    updated_at  timestamptz not null,
    revision    bigint      not null
);

-- POSTs that were done, by who asked and the key they chose. No body is stored.
create table idempotency_keys (
    subject_id  uuid        not null,
    key         text        not null,
    fingerprint bytea       not null,
    record_id   uuid,
    created_at  timestamptz not null,
    primary key (subject_id, key)
);
create index idempotency_keys_by_age on idempotency_keys (created_at);

-- What happened, written with the change itself. Ids and kinds only: the outbox has no secrets.
create table events (
    -- Counts up as they are written: the clocks of two instances may differ, the database is one.
    number     integer     primary key,
    id         uuid        not null unique,
    kind       text        not null,
    record_id  uuid        not null,
    pair_id    uuid,
    created_at timestamptz not null,
    -- Whether it was seen to who is told.
    is_planned boolean     not null default false
);
create index events_unplanned on events (number) where not is_planned;
