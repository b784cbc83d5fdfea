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
