-- Keyed hashes of the external ids and e-mail addresses that people had: all of those who were erased, and the earlier ones of
-- everybody, so that an erasure covers them. Here and not with the data, so that a restored backup of the data does not
-- forget whom it must not bring back.
create table keys.former_names (
    hash      bytea       not null,
    person_id uuid        not null,
    -- When the person was erased; null until then.
    erased_at timestamptz,
    primary key (person_id, hash),
    unique (hash, person_id)
);
