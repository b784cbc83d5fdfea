-- A private value that its author opened for one audience: which writing of it, and never what it says.
create table disclosures (
    id              uuid        primary key,
    pair_id         uuid        not null references pairs (id),
    field           text        not null check (field in ('note.text', 'agenda_item.topic', 'agenda_item.text',
                                'action_item.text', 'blocker.text', 'session.place', 'session.link',
                                'session.cancellation_reason', 'pair.cadence', 'pair.agreement', 'pair.end_note')),
    record_id       uuid        not null,
    audience        text        not null check (audience in ('manager', 'lead')),
    disclosed_by_id uuid        not null references people (id),
    -- That its author opened this writing of the value, sealed with their data key: once it is written anew, it was
    -- another one that was opened. Empty once it was taken back.
    voucher         bytea       not null,
    created_at      timestamptz not null,
    revoked_at      timestamptz
);
create index disclosures_by_pair on disclosures (pair_id, id);
create index disclosures_by_author on disclosures (disclosed_by_id);
create index disclosures_by_audience on disclosures (audience, id) where revoked_at is null;
-- One value is open to one audience once.
create unique index disclosures_one_open on disclosures (record_id, field, audience, disclosed_by_id)
    where revoked_at is null;
