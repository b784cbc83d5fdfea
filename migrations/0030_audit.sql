-- Who read private words, and who changed what: ids and names, never a value. Nothing here refers to another table, so
-- that the log outlives what it speaks of. docs/audit.md says what protects it.
create table audit_events (
    id          uuid        primary key,
    at          timestamptz not null,
    request_id  uuid        not null,
    actor_id    uuid        not null,
    actor_kind  text        not null check (actor_kind in ('person', 'service')),
    -- How the actor stood to the record then.
    relation    text        not null check (relation in ('author', 'party', 'manager', 'lead', 'colleague', 'service')),
    kind        text        not null check (kind in ('read', 'change')),
    act         text,
    record_kind text        not null,
    record_ids  jsonb       not null,
    fields      jsonb       not null,
    -- Who wrote what was read.
    author_id   uuid,
    -- The process run that wrote the event, the number it gave the event, and the authentication code over all columns
    -- up to here.
    writer_id   uuid        not null,
    number      bigint      not null,
    mac         bytea       not null,
    -- The place in the chain of that process and the link: the hash of this row and of the link before. Null until the
    -- event is chained, a moment later.
    seq         bigint,
    hash        bytea,
    check ((kind = 'change') = (act is not null)),
    check ((seq is null) = (hash is null))
);
create unique index audit_events_by_place on audit_events (writer_id, seq);
create unique index audit_events_by_number on audit_events (writer_id, number);
create index audit_events_unchained on audit_events (writer_id, id) where seq is null;
create index audit_events_by_actor on audit_events (actor_id, id);
create index audit_events_by_kind on audit_events (kind, id);
-- For the authors: who else read their words.
create index audit_events_for_author on audit_events (author_id, id) where actor_id <> author_id;

-- Finds the events of a record; all it says stands in `record_ids` as well.
create table audit_records (
    record_id uuid not null,
    event_id  uuid not null,
    primary key (record_id, event_id)
);

-- How far each chain goes and how far it is signed, with an authentication code over the row. No event with a number up
-- to `settled` can still come.
create table audit_chains (
    writer_id  uuid        primary key,
    seq        bigint      not null,
    hash       bytea       not null,
    settled    bigint      not null,
    signed_seq bigint      not null,
    chained_at timestamptz not null,
    mac        bytea       not null
);
create index audit_chains_unsigned on audit_chains (chained_at) where signed_seq < seq;

-- Links that the service signed. The checkpoints of all processes form one chain: each names the signature before.
create table audit_checkpoints (
    place     bigint      primary key,
    previous  bytea       not null,
    writer_id uuid        not null,
    seq       bigint      not null,
    hash      bytea       not null,
    at        timestamptz not null,
    signature bytea       not null
);
create index audit_checkpoints_of_writer on audit_checkpoints (writer_id, seq);
