-- Addresses outside that are told what happens: ids and kinds, as far as their scopes reach.
create table webhooks (
    id              uuid        primary key,
    -- Sealed with a data key of the service's own: of a chat it is a secret.
    url             bytea       not null,
    description     text,
    format          text        not null check (format in ('standard', 'slack', 'teams')),
    kinds           jsonb       not null,
    scopes          jsonb       not null,
    is_enabled      boolean     not null,
    disabled_reason text        check (disabled_reason in ('gone', 'given_up')),
    -- Sealed as well.
    secrets         bytea       not null,
    -- How often each was written: an older one does not open under a newer number.
    url_revision     bigint     not null default 0,
    secrets_revision bigint     not null default 0,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    revision        bigint      not null,
    check (not is_enabled or disabled_reason is null)
);
