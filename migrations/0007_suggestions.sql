-- That somebody asked whom a mentee could have as a mentor, and how many were left out for which reason.
create table suggestion_requests (
    id         uuid        primary key,
    mentee_id  uuid        not null references people (id),
    program_id uuid        references programs (id),
    model      text        not null,
    excluded   bytea       not null,
    created_at timestamptz not null
);
create index suggestion_requests_by_mentee on suggestion_requests (mentee_id, id);
create index suggestion_requests_by_program on suggestion_requests (program_id, id);

-- One mentor for one mentee, with the reasons as they were then. For the mentee and the leads.
create table suggestions (
    id             uuid        primary key,
    request_id     uuid        not null references suggestion_requests (id),
    mentee_id      uuid        not null references people (id),
    mentor_id      uuid        not null references people (id),
    program_id     uuid        references programs (id),
    model          text        not null,
    status         text        not null check (status in ('open', 'accepted', 'dismissed', 'stale')),
    score          bigint      not null check (score between 0 and 10000),
    level          text        not null check (level in ('high', 'medium', 'low')),
    assessment     bytea       not null,
    model_version  text        not null,
    pair_id        uuid        references pairs (id),
    dismiss_reason bytea,
    dismiss_note   bytea,
    created_at     timestamptz not null,
    updated_at     timestamptz not null,
    revision       bigint      not null
);
create index suggestions_by_request on suggestions (request_id, id);
create index suggestions_by_mentee on suggestions (mentee_id, id);
create index suggestions_by_mentor on suggestions (mentor_id, id);
create index suggestions_by_program on suggestions (program_id, id);
create index suggestions_by_status on suggestions (status, id);
create index suggestions_by_pair on suggestions (pair_id);

-- Whom to look at again: what suggestions read of mentors has changed in this unit of work. Triggers keep it (the next
-- two files), so that no write can forget to. One row a subject and kind, so it does not grow with time.
--
-- `unit` tells a follower what is new. On SQLite it counts, and writers follow each other. On PostgreSQL it is the id of
-- the transaction, because a counter could become visible out of order: a follower reads again from the oldest
-- transaction that was still at work when it looked last, and so misses nothing and waits for nobody.
create table matching_marks (
    subject_id uuid   not null,
    kind       text   not null check (kind in ('load', 'profile', 'organisation')),
    unit       bigint not null,
    primary key (subject_id, kind)
);
create index matching_marks_by_unit on matching_marks (unit);
