create table programs (
    id                  uuid        primary key,
    name                text        not null,
    name_folded         text        not null unique,
    objectives          text,
    model               text        not null,
    stage               text        not null check (stage in ('planning', 'initiation', 'mentoring', 'evaluation')),
    is_formal           boolean     not null,
    asks_for_acceptance boolean     not null,
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
