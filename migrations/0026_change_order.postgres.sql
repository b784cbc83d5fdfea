-- `updated_at` never goes back: what is changed now is at least as new as the newest change that is visible, whatever the
-- clock of the instance says. So a reader of `updated_after` can only be overtaken by transactions that were open while it
-- read. See http::OVERLAP.
do $$
declare
    name text;
begin
    foreach name in array array['people', 'programs', 'pairs', 'sessions', 'goals'] loop
        execute format('create function %I() returns trigger language plpgsql as $body$
            begin
                new.updated_at := greatest(new.updated_at, (select max(updated_at) from %I));
                return new;
            end $body$', name || '_keep_order', name);
        execute format('create trigger %I before insert on %I for each row execute function %I()',
            name || '_keep_order_of_new', name, name || '_keep_order');
        execute format('create trigger %I before update of updated_at on %I for each row
            when (new.updated_at is distinct from old.updated_at) execute function %I()',
            name || '_keep_order', name, name || '_keep_order');
    end loop;
end $$;
