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

-- That a mentee asks mentors, one after the other. For the mentee and the leads. `due_at`: when the turn of the mentor who
-- is asked is over.
create table mentor_requests (
    id             uuid        primary key,
    mentee_id      uuid        not null references people (id),
    program_id     uuid        references programs (id),
    message        bytea,
    days_to_answer bigint      not null check (days_to_answer between 2 and 14),
    status         text        not null check (status in ('open', 'matched', 'exhausted', 'withdrawn')),
    pair_id        uuid        references pairs (id),
    due_at         timestamptz,
    created_at     timestamptz not null,
    updated_at     timestamptz not null,
    revision       bigint      not null,
    check ((status = 'open') = (due_at is not null))
);
-- One of each mentee in each program, and one in none.
create unique index mentor_requests_that_are_live on mentor_requests (mentee_id, (coalesce(program_id, mentee_id)))
    where status = 'open';
create index mentor_requests_by_mentee on mentor_requests (mentee_id, id);
create index mentor_requests_by_program on mentor_requests (program_id, id);
create index mentor_requests_by_status on mentor_requests (status, id);
create index mentor_requests_by_pair on mentor_requests (pair_id);
create index mentor_requests_that_are_due on mentor_requests (due_at, id) where due_at is not null;

-- Whom the mentee would like, the first one first. Whoever is asked knows of the `ask` alone, whose id is made when their
-- turn comes.
create table mentor_request_choices (
    request_id    uuid        not null references mentor_requests (id),
    rank          bigint      not null check (rank between 1 and 5),
    suggestion_id uuid        not null references suggestions (id),
    mentor_id     uuid        not null references people (id),
    status        text        not null check (status in ('waiting', 'asked', 'accepted', 'declined', 'lapsed', 'unavailable',
                              'dropped')),
    ask_id        uuid        unique,
    asked_at      timestamptz,
    answer_by     timestamptz,
    closed_at     timestamptz,
    primary key (request_id, rank),
    check (status <> 'asked' or (ask_id is not null and asked_at is not null and answer_by is not null))
);
create index mentor_request_choices_by_mentor on mentor_request_choices (mentor_id, status, ask_id);
create index mentor_request_choices_by_suggestion on mentor_request_choices (suggestion_id);

-- How much each factor of a suggestion counts in a program, if its leads said so.
create table program_weights (
    program_id        uuid        primary key references programs (id),
    weights           jsonb,
    prefers_near_team boolean     not null,
    version           bigint      not null,
    updated_at        timestamptz not null
);

-- How much each factor counts and what a score means: the first set, made by hand, and what was learnt from outcomes
-- since. What was learnt never changes; the status does, and with it who changed it.
create table match_models (
    version           bigint      primary key check (version >= 0),
    status            text        not null
                      check (status in ('learning', 'kept', 'shadow', 'in_use', 'retired', 'failed')),
    -- The version in use that it was learnt against.
    base              bigint      references match_models (version),
    -- Null of the first set, which the engine knows.
    weights           jsonb,
    curve             jsonb,
    -- What there was to learn from, and how well it foretells.
    report            jsonb,
    data_hash         text,
    -- How many outcomes were looked at, or fewer where some are gone since; null where nothing was looked at. It is shown to
    -- nobody: from here on there must be twenty more before any are looked at again.
    outcomes          bigint,
    seed              bigint      not null,
    -- Who learns claims it until then; should they die, somebody else takes it up.
    claimed_until     timestamptz,
    attempts          bigint      not null,
    created_at        timestamptz not null,
    decided_at        timestamptz,
    promoted_by_id    uuid        references people (id),
    promoted_at       timestamptz,
    rolled_back_by_id uuid        references people (id),
    rolled_back_at    timestamptz,
    revision          bigint      not null
);
-- Of each of these there is one at most.
create unique index match_models_learning on match_models (status) where status = 'learning';
create unique index match_models_shadow on match_models (status) where status = 'shadow';
create unique index match_models_in_use on match_models (status) where status = 'in_use';
create index match_models_by_data on match_models (data_hash, version);
create index match_models_by_base on match_models (base);
create index match_models_by_promoter on match_models (promoted_by_id);
create index match_models_by_returner on match_models (rolled_back_by_id);

insert into match_models (version, status, seed, attempts, created_at, revision)
values (0, 'in_use', 0, 0, '2026-01-01T00:00:00Z', 1);

-- How far a version in the shadow would have changed what was suggested, in sums over requests.
create table match_shadows (
    version       bigint primary key references match_models (version),
    requests      bigint not null,
    shown         bigint not null,
    stayed        bigint not null,
    shifted       bigint not null,
    -- The same as of the last full twenty requests, and what is told of it: no difference of two answers is one person's.
    told_requests bigint not null,
    told_shown    bigint not null,
    told_stayed   bigint not null,
    told_shifted  bigint not null
);

-- What is learnt from: how two people stood to each other in each factor when they were proposed to each other. For the
-- service alone.
create table match_cases (
    -- The suggestion, or the pair where there was none.
    id          uuid        primary key,
    mentee_id   uuid        not null references people (id),
    mentor_id   uuid        not null references people (id),
    -- What came of it.
    pair_id     uuid        references pairs (id),
    features    bytea       not null,
    -- Of the features the one that needs the consent of both.
    style       bytea       not null,
    proposed_at timestamptz not null
);
create index match_cases_by_mentee on match_cases (mentee_id);
create index match_cases_by_mentor on match_cases (mentor_id);
create unique index match_cases_by_pair on match_cases (pair_id) where pair_id is not null;

-- Whom to look at again: what suggestions read of mentors has changed in this unit of work. Triggers keep it
-- (0017 and 0018), so that no write can forget to. One row a subject and kind, so it does not grow with time.
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

-- A plan for a whole program at once, for its leads. What it is to be best at, where it is in its life, and what is known
-- of how good it is. One instance at a time works on it: `claims` only grows, so that who lost it writes nothing more;
-- `attempts` counts those that came to nothing.
create table matching_rounds (
    id            uuid        primary key,
    program_id    uuid        not null references programs (id),
    lead_id       uuid        not null references people (id),
    status        text        not null check (status in ('planning', 'drafted', 'publishing', 'published', 'undoing',
                              'failed')),
    step          text        check (step in ('reading', 'scoring', 'solving', 'writing')),
    objective     text        not null check (objective in ('total', 'coverage_first', 'nash', 'balance', 'stable')),
    penalty       bigint      check (penalty between 1 and 10000),
    seconds       bigint      not null check (seconds between 1 and 60),
    seed          bigint      not null,
    starts_on     date,
    ends_on       date,
    mentees       bigint,
    capacity      bigint,
    value         bigint,
    bound         bigint,
    model_version text,
    failure_reason       text        check (failure_reason in ('too_large', 'gave_up')),
    claims        bigint      not null,
    attempts      bigint      not null,
    claimed_until timestamptz,
    created_at    timestamptz not null,
    planned_at    timestamptz,
    published_at  timestamptz,
    updated_at    timestamptz not null,
    revision      bigint      not null,
    check (objective = 'balance' or penalty is null)
);
create index matching_rounds_by_program on matching_rounds (program_id, id);
create index matching_rounds_by_status on matching_rounds (status, id);
create index matching_rounds_by_lead on matching_rounds (lead_id, id);

-- What is planned for one mentee: a mentor, or none and why. For the leads.
create table matching_drafts (
    id         uuid        primary key,
    matching_round_id  uuid        not null references matching_rounds (id),
    mentee_id  uuid        not null references people (id),
    mentor_id  uuid        references people (id),
    status     text        not null check (status in ('unmatched', 'drafted', 'published', 'failed')),
    score      bigint      check (score between 0 and 10000),
    is_locked  boolean     not null,
    reason     text        check (reason in ('no_suitable_mentor', 'no_free_place', 'refused', 'takes_no_pair',
                           'mentor_left')),
    problem    text,
    pair_id    uuid        references pairs (id),
    updated_at timestamptz not null,
    revision   bigint      not null,
    unique (matching_round_id, mentee_id),
    check ((status = 'unmatched') = (mentor_id is null)),
    check ((status = 'unmatched') = (reason is not null))
);
create index matching_drafts_by_matching_round on matching_drafts (matching_round_id, id);
create index matching_drafts_by_status on matching_drafts (matching_round_id, status, id);
create index matching_drafts_by_mentor on matching_drafts (matching_round_id, mentor_id, id);
create index matching_drafts_of_mentee on matching_drafts (mentee_id);
create index matching_drafts_of_mentor on matching_drafts (mentor_id);
create index matching_drafts_by_pair on matching_drafts (pair_id);

-- That a lead does not want these two together in this matching_round, however often it is planned.
create table matching_round_refusals (
    matching_round_id uuid not null references matching_rounds (id),
    mentee_id uuid not null references people (id),
    mentor_id uuid not null references people (id),
    primary key (matching_round_id, mentee_id, mentor_id)
);
create index matching_round_refusals_of_mentee on matching_round_refusals (mentee_id);
create index matching_round_refusals_of_mentor on matching_round_refusals (mentor_id);
