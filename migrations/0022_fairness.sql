-- What the report of fairness compares, in the organisation's own words: gender, age band. These tables are a store of
-- their own: no other room reads them, and no suggestion knows of them.
create table fairness_attributes (
    id          uuid        primary key,
    name        text        not null,
    name_folded text        not null unique,
    -- Decides how numbers are rounded; told nobody.
    salt        uuid        not null,
    updated_at  timestamptz not null
);

-- The groups of an attribute.
create table fairness_groups (
    id           uuid primary key,
    attribute_id uuid not null references fairness_attributes (id),
    name         text not null,
    unique (attribute_id, name)
);

-- That somebody belongs to a group of an attribute. Which one is sealed with their own key.
create table fairness_members (
    id           uuid  primary key,
    attribute_id uuid  not null references fairness_attributes (id),
    person_id    uuid  not null references people (id),
    group_id     bytea not null,
    unique (attribute_id, person_id)
);
create index fairness_members_by_person on fairness_members (person_id, id);
