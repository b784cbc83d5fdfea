create table goals (
    id              uuid        primary key,
    pair_id         uuid        not null references pairs (id),
    -- Whose goal it is: the mentor's or the mentee's.
    owner_id        uuid        not null references people (id),
    author_id       uuid        not null references people (id),
    title           text        not null,
    specific        text,
    measurable      text,
    achievable      text,
    relevant        text,
    target_on       date,
    aligned_to      text,
    status          text        not null check (status in ('draft', 'active', 'achieved', 'missed', 'abandoned')),
    -- Follows from the key results where there are any; kept by the goals room in the same unit of work.
    progress        bigint      not null check (progress between 0 and 100),
    confidence      text        check (confidence in ('on_track', 'at_risk', 'off_track')),
    -- For the pair, the mentee's manager and the leads.
    result          text,
    outcome_summary text,
    -- When the two began to work towards it.
    activated_at    timestamptz,
    closed_at       timestamptz,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    revision        bigint      not null,
    check (status in ('draft', 'abandoned') or activated_at is not null)
);
create index goals_by_pair on goals (pair_id, id);
create index goals_by_owner on goals (owner_id, id);
create index goals_by_author on goals (author_id);
create index goals_by_status on goals (status, id);
create index goals_by_change on goals (updated_at, id);

-- Values are whole thousandths, so that both engines agree to the last digit.
create table key_results (
    id            uuid        primary key,
    goal_id       uuid        not null references goals (id),
    pair_id       uuid        not null references pairs (id),
    title         text        not null,
    kind          text        not null check (kind in ('number', 'percentage', 'yes_no', 'currency')),
    currency      text,
    start_value   bigint      not null,
    target_value  bigint      not null,
    current_value bigint      not null,
    weight        bigint      not null check (weight between 1 and 100),
    created_at    timestamptz not null,
    updated_at    timestamptz not null,
    revision      bigint      not null,
    check (start_value <> target_value),
    check ((kind = 'currency') = (currency is not null))
);
create index key_results_by_goal on key_results (goal_id, id);
create index key_results_by_pair on key_results (pair_id);

-- Reports of progress, never changed.
create table check_ins (
    id              uuid        primary key,
    goal_id         uuid        not null references goals (id),
    pair_id         uuid        not null references pairs (id),
    author_id       uuid        not null references people (id),
    confidence      text        not null check (confidence in ('on_track', 'at_risk', 'off_track')),
    progress_before bigint      not null,
    progress_after  bigint      not null,
    key_results     jsonb       not null,
    note            text,
    created_at      timestamptz not null
);
create index check_ins_by_goal on check_ins (goal_id, id);
create index check_ins_by_pair on check_ins (pair_id);
create index check_ins_by_author on check_ins (author_id);

-- What stands in the way. For the pair alone: nothing of it shows in the goal's own row.
create table blockers (
    id             uuid        primary key,
    goal_id        uuid        not null references goals (id),
    pair_id        uuid        not null references pairs (id),
    author_id      uuid        not null references people (id),
    text           bytea       not null,
    resolved_at    timestamptz,
    resolved_by_id uuid        references people (id),
    created_at     timestamptz not null,
    updated_at     timestamptz not null,
    revision       bigint      not null,
    -- Counts how often the sealed words of the row were written: an older text does not open under a newer number.
    words_revision bigint not null default 0
);
create index blockers_by_goal on blockers (goal_id, id);
create index blockers_by_pair on blockers (pair_id);
create index blockers_by_author on blockers (author_id);
create index blockers_by_resolver on blockers (resolved_by_id);

create table celebrations (
    id         uuid        primary key,
    goal_id    uuid        not null references goals (id),
    pair_id    uuid        not null references pairs (id),
    author_id  uuid        not null references people (id),
    text       text        not null,
    created_at timestamptz not null
);
create index celebrations_by_goal on celebrations (goal_id, id);
create index celebrations_by_pair on celebrations (pair_id);
create index celebrations_by_author on celebrations (author_id);

create table plan_steps (
    id         uuid        primary key,
    goal_id    uuid        not null references goals (id),
    pair_id    uuid        not null references pairs (id),
    text       text        not null,
    due_on     date,
    resources  jsonb       not null,
    is_done    boolean     not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    revision   bigint      not null
);
create index plan_steps_by_goal on plan_steps (goal_id, id);
create index plan_steps_by_pair on plan_steps (pair_id);
