-- What is told to whom, by which channel: a row for each event, channel and recipient. Ids and kinds only.
create table deliveries (
    id           uuid        primary key,
    event_id     uuid        not null references events (id),
    -- Of the event: its place in the line of its pair.
    number       bigint      not null,
    kind         text        not null,
    record_id    uuid        not null,
    pair_id      uuid,
    channel      text        not null check (channel in ('departures', 'endings', 'mail', 'webhook')),
    -- A person or, as the channel says, a pair or a webhook.
    recipient_id uuid        not null,
    status       text        not null check (status in ('pending', 'collected', 'delivered', 'dead')),
    attempts     bigint      not null check (attempts >= 0),
    -- When it is tried next. Who claims it moves this on, so that others take it up if they die.
    next_at      timestamptz,
    last_error   text,
    -- The event of the digest that it went into.
    digest_id    uuid        references events (id),
    created_at   timestamptz not null,
    updated_at   timestamptz not null,
    unique (event_id, channel, recipient_id),
    check ((status in ('pending', 'collected')) = (next_at is not null))
);
create index deliveries_due on deliveries (channel, next_at, id) where status = 'pending';
create index deliveries_in_line on deliveries (pair_id, channel, recipient_id, number) where status = 'pending';
create index deliveries_collected on deliveries (next_at, recipient_id) where status = 'collected';
create index deliveries_by_digest on deliveries (digest_id, id) where digest_id is not null;
create index deliveries_by_status on deliveries (status, id);
create index deliveries_by_kind on deliveries (kind, id);
create index deliveries_by_channel on deliveries (channel, id);
create index deliveries_by_recipient on deliveries (recipient_id, id);
