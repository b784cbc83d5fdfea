-- When a rule of retention was applied last; who writes it first applies the rule, of all instances.
create table retention_runs (
    kind   text        primary key,
    ran_at timestamptz not null
);
