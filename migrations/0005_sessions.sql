-- Sessions that repeat, as they were scheduled; what became of each, its own row tells.
create table session_series (
    -- Its first session.
    id             uuid        primary key,
    pair_id        uuid        not null references pairs (id),
    cadence        text        not null check (cadence in ('weekly', 'biweekly', 'monthly')),
    times          bigint      not null check (times between 2 and 52),
    starts_at      timestamptz not null,
    time_zone      text        not null,
    length_minutes bigint      not null check (length_minutes between 5 and 480)
);
create index session_series_by_pair on session_series (pair_id);

create table sessions (
    id                  uuid        primary key,
    pair_id             uuid        not null references pairs (id),
    -- One calendar event throughout: the id of the first session of a chain, and how often it moved.
    event_id            uuid        not null,
    sequence            bigint      not null check (sequence >= 0),
    predecessor_id      uuid        references sessions (id),
    successor_id        uuid        references sessions (id),
    -- The series it belongs to, and when it is there, however often it moves by itself.
    series_id           uuid        references session_series (id),
    occurrence_at       timestamptz,
    starts_at           timestamptz not null,
    ends_at             timestamptz not null,
    time_zone           text        not null,
    length_minutes      bigint      not null check (length_minutes between 5 and 480),
    kind                text        not null check (kind in ('regular', 'kickoff', 'midpoint', 'shadowing', 'closing', 'async_update')),
    status              text        not null check (status in ('scheduled', 'completed', 'cancelled', 'rescheduled')),
    outcome             text,
    closed_at           timestamptz,
    -- For the pair alone, each text with who wrote it.
    place               bytea,
    link                bytea,
    place_author_id     uuid        references people (id),
    cancellation_reason bytea,
    closed_by_id        uuid        references people (id),
    created_at          timestamptz not null,
    updated_at          timestamptz not null,
    revision            bigint      not null,
    -- Counts how often the sealed words of the row were written: an older text does not open under a newer number.
    words_revision bigint not null default 0,
    check ((series_id is null) = (occurrence_at is null)),
    check ((status = 'scheduled') = (closed_at is null))
);
create index sessions_by_pair on sessions (pair_id, starts_at, id);
create index sessions_by_start on sessions (starts_at, id);
create index sessions_by_status on sessions (status, starts_at, id);
create index sessions_by_series on sessions (series_id, occurrence_at) where series_id is not null;
create index sessions_by_event on sessions (event_id, sequence);
create index sessions_by_change on sessions (updated_at, id);
create unique index sessions_by_predecessor on sessions (predecessor_id) where predecessor_id is not null;
create unique index sessions_by_successor on sessions (successor_id) where successor_id is not null;
create index sessions_by_place_author on sessions (place_author_id) where place_author_id is not null;
create index sessions_by_closer on sessions (closed_by_id) where closed_by_id is not null;

-- What the two want to talk about.
create table agenda_items (
    id         uuid        primary key,
    session_id uuid        not null references sessions (id),
    pair_id    uuid        not null references pairs (id),
    author_id  uuid        not null references people (id),
    topic      bytea       not null,
    text       bytea       not null,
    position   bigint      not null check (position between 1 and 1000),
    created_at timestamptz not null,
    updated_at timestamptz not null,
    revision   bigint      not null,
    -- Counts how often the sealed words of the row were written: an older text does not open under a newer number.
    words_revision bigint not null default 0
);
create index agenda_items_by_session on agenda_items (session_id, position, id);
create index agenda_items_by_pair on agenda_items (pair_id, author_id);
create index agenda_items_by_author on agenda_items (author_id);

-- What was said.
create table notes (
    id         uuid        primary key,
    session_id uuid        not null references sessions (id),
    pair_id    uuid        not null references pairs (id),
    author_id  uuid        not null references people (id),
    text       bytea       not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    revision   bigint      not null,
    -- Counts how often the sealed words of the row were written: an older text does not open under a newer number.
    words_revision bigint not null default 0
);
create index notes_by_session on notes (session_id, id);
create index notes_by_pair on notes (pair_id, author_id);
create index notes_by_author on notes (author_id);

-- What one of them does before they meet again.
create table action_items (
    id           uuid        primary key,
    session_id   uuid        not null references sessions (id),
    pair_id      uuid        not null references pairs (id),
    author_id    uuid        not null references people (id),
    owner_id     uuid        not null references people (id),
    text         bytea       not null,
    due_on       date,
    status       text        not null check (status in ('open', 'completed')),
    closed_by_id uuid        references people (id),
    closed_at    timestamptz,
    created_at   timestamptz not null,
    updated_at   timestamptz not null,
    revision     bigint      not null,
    -- Counts how often the sealed words of the row were written: an older text does not open under a newer number.
    words_revision bigint not null default 0,
    check ((status = 'open') = (closed_at is null)),
    check ((closed_by_id is null) = (closed_at is null))
);
create index action_items_by_session on action_items (session_id, id);
create index action_items_by_pair on action_items (pair_id, id);
create index action_items_by_owner on action_items (owner_id, id);
create index action_items_by_author on action_items (author_id);
create index action_items_by_closer on action_items (closed_by_id) where closed_by_id is not null;
create index action_items_due on action_items (due_on, id) where status = 'open' and due_on is not null;
create index action_items_open on action_items (pair_id, id) where status = 'open';

-- How it went, for oneself. Known to its author alone.
create table reflections (
    id             uuid        primary key,
    session_id     uuid        not null references sessions (id),
    pair_id        uuid        not null references pairs (id),
    author_id      uuid        not null references people (id),
    what_went_well bytea,
    what_to_change bytea,
    what_i_learned bytea,
    next_step      bytea,
    energy         bytea,
    talk_share     bytea,
    created_at     timestamptz not null,
    updated_at     timestamptz not null,
    revision       bigint      not null,
    -- Counts how often the sealed words of the row were written: an older text does not open under a newer number.
    words_revision bigint not null default 0,
    unique (session_id, author_id)
);
create index reflections_by_pair on reflections (pair_id, author_id);
create index reflections_by_author on reflections (author_id);
