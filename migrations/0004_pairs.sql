create table pairs (
    id                uuid        primary key,
    mentor_id         uuid        not null references people (id),
    mentee_id         uuid        not null references people (id),
    team_id           uuid        references teams (id),
    program_id        uuid        references programs (id),
    model             text        not null,
    status            text        not null check (status in ('proposed', 'active', 'paused', 'ended', 'declined')),
    -- A proposal becomes active when both have said yes, and lapses when they have not by then.
    mentor_accepted   boolean     not null,
    mentee_accepted   boolean     not null,
    expires_on        date,
    goals_focus       text,
    -- When it began, or went on, last.
    active_since      timestamptz,
    starts_on         date        not null,
    ends_on           date,
    ended_on          date,
    override_reason   text,
    -- For the pair, the mentee's manager and the leads.
    end_reason        text        check (end_reason in ('goals_met', 'poor_chemistry', 'life_change', 'mentor_burnout',
                                  'mentee_disengaged', 'mismatch', 'program_ended', 'person_left', 'other')),
    outcome_summary   text,
    -- Who ended it, and so wrote what came of it.
    ended_by_id       uuid        references people (id),
    -- For the pair alone.
    cadence           bytea,
    created_at        timestamptz not null,
    updated_at        timestamptz not null,
    revision          bigint      not null,
    -- Counts how often the sealed words of the row were written: an older text does not open under a newer number.
    words_revision bigint not null default 0,
    check (mentor_id <> mentee_id),
    check (status in ('proposed', 'declined') or active_since is not null),
    check (ends_on is null or ends_on >= starts_on)
);
-- At most one live pair of two people, whichever way round.
create unique index pairs_one_live on pairs (
    (case when mentor_id < mentee_id then mentor_id else mentee_id end),
    (case when mentor_id < mentee_id then mentee_id else mentor_id end)
) where status in ('proposed', 'active', 'paused');
create index pairs_by_mentor on pairs (mentor_id, id);
create index pairs_by_mentee on pairs (mentee_id, id);
create index pairs_by_program on pairs (program_id, id);
create index pairs_by_team on pairs (team_id, id);
create index pairs_by_status on pairs (status, id);
create index pairs_by_ender on pairs (ended_by_id) where ended_by_id is not null;
create index pairs_by_change on pairs (updated_at, id);

-- What the pair wrote for itself, one row an author and kind. Here and further on, what is private or never shared is
-- sealed (`bytea`): the service alone opens it.
create table pair_notes (
    id         uuid        primary key,
    pair_id    uuid        not null references pairs (id),
    author_id  uuid        not null references people (id),
    kind       text        not null check (kind in ('agreement', 'end_note')),
    text       bytea       not null,
    created_at timestamptz not null,
    unique (pair_id, kind, author_id)
);
create index pair_notes_by_author on pair_notes (author_id);

-- A party's own notebook. Known to its author alone.
create table notebook_entries (
    id         uuid        primary key,
    pair_id    uuid        not null references pairs (id),
    author_id  uuid        not null references people (id),
    text       bytea       not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    revision   bigint      not null,
    -- Counts how often the sealed words of the row were written: an older text does not open under a newer number.
    words_revision bigint not null default 0
);
create index notebook_entries_by_author on notebook_entries (author_id, pair_id, id);
create index notebook_entries_by_pair on notebook_entries (pair_id);
