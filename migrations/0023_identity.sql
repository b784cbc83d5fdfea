-- Who signs in as whom. An identity provider's subject is tied to a person at the first sign-in; from then on the
-- person's address and external id are data, and no way in.
create table identity_bindings (
    id        uuid        primary key,
    person_id uuid        not null references people (id),
    issuer    text        not null,
    subject   text        not null,
    bound_at  timestamptz not null,
    -- Until then private and never-shared words stay closed to this sign-in; null: they never were.
    opens_at  timestamptz,
    -- From then on it is refused, for good; null: it is not.
    ends_at   timestamptz,
    unique (issuer, subject)
);
create index identity_bindings_by_person on identity_bindings (person_id, issuer);

-- A new first sign-in that was opened for somebody, or that waits for their yes; at most one a person.
create table identity_rebinds (
    person_id    uuid        primary key references people (id),
    -- The admin; null: the service, because the address had changed.
    opened_by_id uuid,
    opened_at    timestamptz not null,
    -- The address before the last change: it is told, too.
    former_email text,
    -- The new sign-in, once somebody used it.
    binding_id   uuid        references identity_bindings (id),
    -- When it stands without the person's yes.
    opens_at     timestamptz
);
create index identity_rebinds_by_binding on identity_rebinds (binding_id);

-- Tokens that were taken back, until they expire. The id is the first half of a hash of what they sign.
create table revoked_tokens (
    id         uuid        primary key,
    expires_at timestamptz not null
);
create index revoked_tokens_by_expiry on revoked_tokens (expires_at);

-- Tokens issued up to then are refused for good. A departure sets it, and so does disabling an account.
alter table people add column signed_out_at timestamptz;
alter table service_accounts add column signed_out_at timestamptz;
-- When somebody changed the address or external id last, and the address before.
alter table people add column named_at timestamptz;
alter table people add column former_email text;
