create table programs (
    id                  uuid        primary key,
    name                text        not null,
    name_folded         text        not null unique,
    objectives          text,
    model               text        not null,
    stage               text        not null check (stage in ('planning', 'initiation', 'mentoring', 'evaluation')),
    is_formal           boolean     not null,
    requires_acceptance boolean     not null,
    enrolling           text        not null check (enrolling in ('none', 'closed', 'by_approval', 'open')),
    max_mentors        bigint      check (max_mentors > 0),
    max_mentees        bigint      check (max_mentees > 0),
    starts_on           date,
    ends_on             date,
    created_at          timestamptz not null,
    updated_at          timestamptz not null,
    revision            bigint      not null,
    check (ends_on is null or starts_on is null or ends_on >= starts_on)
);
create index programs_by_stage on programs (stage, id);
create index programs_by_change on programs (updated_at, id);

create table program_coordinators (
    program_id uuid not null references programs (id),
    person_id  uuid not null references people (id),
    primary key (program_id, person_id)
);
create index program_coordinators_by_person on program_coordinators (person_id, program_id);

-- That somebody takes part in a program, or would like to. For themselves and the leads.
create table enrolments (
    id         uuid        primary key,
    program_id uuid        not null references programs (id),
    person_id  uuid        not null references people (id),
    role       text        not null check (role in ('mentor', 'mentee')),
    status     text        not null check (status in ('applied', 'waiting', 'enrolled', 'declined', 'withdrawn',
                           'ended')),
    capacity     bigint      check (capacity > 0),
    wishes     jsonb       not null default '[]',
    created_at timestamptz not null,
    updated_at timestamptz not null,
    revision   bigint      not null,
    check (role = 'mentor' or capacity is null)
);
create unique index enrolments_that_are_live on enrolments (program_id, person_id, role)
    where status in ('applied', 'waiting', 'enrolled');
create index enrolments_by_program on enrolments (program_id, id);
create index enrolments_in_line on enrolments (program_id, role, status, id);
create index enrolments_by_person on enrolments (person_id, id);
-- Whether somebody takes part: SQLite does not see that the unique index would tell.
create index enrolments_of_person on enrolments (person_id, program_id, role, status);
create index enrolments_with_wishes on enrolments (id) where wishes <> '[]';
create index enrolments_by_status on enrolments (status, id);
