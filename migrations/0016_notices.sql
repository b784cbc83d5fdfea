-- What happened, told to one person inside the service: ids and kinds only. Known to them alone.
create table notices (
    id           uuid        primary key,
    event_id     uuid        not null references events (id),
    kind         text        not null,
    record_id    uuid        not null,
    pair_id      uuid,
    recipient_id uuid        not null references people (id),
    -- When it happened.
    created_at   timestamptz not null,
    read_at      timestamptz,
    unique (event_id, recipient_id)
);
create index notices_by_recipient on notices (recipient_id, id);
create index notices_unread on notices (recipient_id, id) where read_at is null;
create index notices_by_age on notices (created_at, id);

-- Of what somebody wants to be told, by which way, and when; a row for whoever chose.
create table notice_preferences (
    person_id  uuid        primary key references people (id),
    mail_off   jsonb       not null,
    in_app_off jsonb       not null,
    -- Minutes of the day, by the person's own clock.
    quiet_from bigint      check (quiet_from between 0 and 1439),
    quiet_to   bigint      check (quiet_to between 0 and 1439),
    digest_at  bigint      check (digest_at between 0 and 1439),
    updated_at timestamptz not null,
    check ((quiet_from is null) = (quiet_to is null))
);

-- What somebody was reminded of, and since when it was due: written with the event, so that nobody is reminded twice.
create table reminders (
    kind      text        not null,
    record_id uuid        not null,
    due_at    timestamptz not null,
    primary key (kind, record_id, due_at)
);
create index reminders_by_age on reminders (due_at);
