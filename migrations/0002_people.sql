create table departments (
    id          uuid        primary key,
    name        text        not null,
    name_folded text        not null unique,
    created_at  timestamptz not null,
    updated_at  timestamptz not null,
    revision    bigint      not null
);

create table career_ladders (
    id          uuid        primary key,
    name        text        not null,
    name_folded text        not null unique,
    track       text        not null check (track in ('individual', 'management')),
    created_at  timestamptz not null,
    updated_at  timestamptz not null,
    revision    bigint      not null
);

-- The steps of a ladder. Levels compare across ladders.
create table ladder_roles (
    id          uuid    primary key,
    ladder_id   uuid    not null references career_ladders (id),
    name        text    not null,
    name_folded text    not null,
    level       bigint  not null check (level between 1 and 20),
    unique (ladder_id, name_folded)
);
create index ladder_roles_by_level on ladder_roles (ladder_id, level, id);

create table skills (
    id          uuid        primary key,
    name        text        not null,
    name_folded text        not null unique,
    created_at  timestamptz not null,
    updated_at  timestamptz not null,
    revision    bigint      not null
);

-- Other names of a skill; no name means two skills.
create table skill_synonyms (
    name_folded text primary key,
    name        text not null,
    skill_id    uuid not null references skills (id)
);
create index skill_synonyms_by_skill on skill_synonyms (skill_id, name_folded);

-- Skills near each other, stored in both directions.
create table skill_relations (
    skill_id   uuid not null references skills (id),
    related_id uuid not null references skills (id),
    primary key (skill_id, related_id)
);
create index skill_relations_by_related on skill_relations (related_id, skill_id);

create table teams (
    id            uuid        primary key,
    name          text        not null,
    name_folded   text        not null unique,
    department_id uuid        references departments (id),
    lead_id       uuid,
    created_at    timestamptz not null,
    updated_at    timestamptz not null,
    revision      bigint      not null
);
create index teams_by_department on teams (department_id, id);
create index teams_by_lead on teams (lead_id);

create table people (
    id                      uuid        primary key,
    external_id             text        unique,
    name                    text        not null,
    name_folded             text        not null,
    email                   text        not null unique,
    title                   text,
    team_id                 uuid        references teams (id),
    manager_id              uuid        references people (id),
    ladder_role_id          uuid        references ladder_roles (id),
    hired_on                date,
    location                text,
    time_zone               text        not null,
    languages               jsonb       not null,
    bio                     text,
    status                  text        not null check (status in ('active', 'on_leave', 'departed')),
    -- What they offer and want as mentor and mentee.
    offers_mentoring        boolean     not null,
    wants_mentoring         boolean     not null,
    is_paused               boolean     not null,
    mentor_capacity         bigint      not null check (mentor_capacity between 1 and 10),
    -- Live pairs as mentor; kept by the pairs room in the same unit of work.
    mentor_load             bigint      not null check (mentor_load >= 0),
    formats                 jsonb       not null,
    topics                  jsonb       not null,
    -- For the person, their manager and their leads.
    career_goals            text,
    career_interest         text,
    target_role_id          uuid        references ladder_roles (id),
    -- For the person alone; the matcher uses them if they consent, and never quotes them.
    learning_style          bytea,
    communication_style     bytea,
    accommodations          bytea,
    style_answers           bytea,
    consents_to_personal_fit boolean    not null,
    -- When everything that says who they were was erased.
    erased_at               timestamptz,
    created_at              timestamptz not null,
    updated_at              timestamptz not null,
    revision                bigint      not null,
    -- Counts how often the sealed words of the row were written: an older text does not open under a newer number.
    words_revision bigint not null default 0
);
create index people_by_manager on people (manager_id, id);
create index people_by_team on people (team_id, id);
create index people_by_ladder_role on people (ladder_role_id);
create index people_by_target_role on people (target_role_id);
create index people_by_name on people (name_folded, id);
create index people_by_change on people (updated_at, id);
create index people_by_status on people (status, id);
create index people_by_erasure on people (erased_at) where erased_at is not null;
create index people_who_mentor on people (offers_mentoring, id);

create table person_skills (
    person_id uuid   not null references people (id),
    skill_id  uuid   not null references skills (id),
    level     bigint not null check (level between 1 and 5),
    primary key (person_id, skill_id)
);
create index person_skills_by_skill on person_skills (skill_id, person_id);

-- Development needs: for the person, their manager and their leads.
create table person_needs (
    person_id     uuid   not null references people (id),
    skill_id      uuid   not null references skills (id),
    priority      bigint not null check (priority between 1 and 3),
    current_level bigint not null check (current_level between 0 and 4),
    target_level  bigint not null check (target_level between 1 and 5),
    primary key (person_id, skill_id),
    check (target_level > current_level)
);
create index person_needs_by_skill on person_needs (skill_id, person_id);

-- What was true of a person from a day on; promotions and departures are measured from it.
create table person_history (
    id             uuid        primary key,
    person_id      uuid        not null references people (id),
    starts_on      date        not null,
    status         text        not null,
    title          text,
    team_id        uuid,
    manager_id     uuid,
    ladder_role_id uuid,
    level          bigint,
    created_at     timestamptz not null
);
create index person_history_by_person on person_history (person_id, id);

-- With whom somebody never wants to be paired. Known to them alone.
create table person_blocks (
    person_id  uuid        not null references people (id),
    blocked_id uuid        not null references people (id),
    created_at timestamptz not null,
    primary key (person_id, blocked_id)
);
create index person_blocks_by_blocked on person_blocks (blocked_id);
