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
