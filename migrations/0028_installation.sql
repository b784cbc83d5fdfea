-- Which installation this database belongs to; the data keys, which are kept apart, have the same id. One row, written at
-- the first start.
create table installation (
    id        uuid   primary key,
    -- The highest number of a data key that a committed row may be sealed with: older data keys do not fit.
    data_keys bigint not null
);

-- One-way fingerprints of the secrets that every instance needs: the keys of the ring, of the audit log and of tokens.
create table key_fingerprints (
    kind        text  not null check (kind in ('keyring', 'audit', 'token')),
    -- The name of a key in the ring; empty for the others.
    label       text  not null,
    fingerprint bytea not null,
    primary key (kind, label)
);
