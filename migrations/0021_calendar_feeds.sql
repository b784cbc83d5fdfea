-- Who subscribed to their sessions. Whoever knows the address of a feed reads it, so only its hash is kept.
create table calendar_feeds (
    person_id  uuid        primary key references people (id),
    hash       bytea       not null unique,
    created_at timestamptz not null
);
