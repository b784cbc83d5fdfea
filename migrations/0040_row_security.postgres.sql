-- A second wall around what is private: whom the service does not say it speaks for sees nothing. The role that owns
-- these tables is not held back until `mentorship row-security` forces the policies. The tables with policies are listed
-- once more in src/db/row_security.rs, where the service finds out whether they hold.

-- Whom the service speaks for in this transaction.
create function viewer_id() returns uuid language sql stable
return nullif(nullif(current_setting('mentorship.viewer', true), ''), 'service')::uuid;

-- Whether the service works for nobody in particular: suggestions, erasure, migrations.
create function is_the_service() returns boolean language sql stable
return coalesce(current_setting('mentorship.viewer', true) = 'service', false);

do $$
declare
    name text;
begin
    -- For the two of the pair.
    foreach name in array array['pair_notes', 'agenda_items', 'notes', 'action_items', 'blockers'] loop
        execute format('create policy for_the_two on %I using (
            (select is_the_service()) or pair_id = any (array(
                select id from pairs where mentor_id = (select viewer_id())
                union all
                select id from pairs where mentee_id = (select viewer_id())
            ))
        )', name);
        execute format('create policy by_the_author on %I as restrictive for insert
            with check ((select is_the_service()) or author_id = (select viewer_id()))', name);
    end loop;
    -- For the author alone, who is one of the two.
    foreach name in array array['notebook_entries', 'reflections'] loop
        execute format('create policy for_the_author on %I using (
            (select is_the_service()) or author_id = (select viewer_id())
        )', name);
        execute format('create policy in_their_pair on %I as restrictive for insert
            with check ((select is_the_service()) or exists (
                select 1 from pairs where id = pair_id and (select viewer_id()) in (mentor_id, mentee_id)
            ))', name);
    end loop;
    create policy for_the_author on person_blocks using (
        (select is_the_service()) or person_id = (select viewer_id())
    );
    -- The service tells; who is told reads, and says so.
    create policy by_the_service on notices using ((select is_the_service()));
    create policy for_the_recipient on notices for select using (recipient_id = (select viewer_id()));
    create policy marked_by_the_recipient on notices for update using (recipient_id = (select viewer_id()));
    -- The service counts; whoever is counted takes along what is kept of them.
    create policy by_the_service on fairness_members using ((select is_the_service()));
    create policy for_the_person on fairness_members for select using (person_id = (select viewer_id()));
    -- The log: everybody adds what they did, and finds that and who read their words; the service keeps the chains.
    create policy by_the_actor on audit_events for insert with check (
        (select is_the_service()) or actor_id = (select viewer_id())
    );
    create policy for_the_author on audit_events for select using (
        (select is_the_service()) or (select viewer_id()) in (author_id, actor_id)
    );
    create policy by_the_service on audit_events for update using ((select is_the_service()));
    foreach name in array array['audit_records', 'audit_chains', 'audit_checkpoints'] loop
        execute format('create policy by_the_service on %I using ((select is_the_service()))', name);
    end loop;
    foreach name in array array[
        'pair_notes', 'agenda_items', 'notes', 'action_items', 'blockers', 'notebook_entries', 'reflections', 'person_blocks',
        'notices', 'fairness_members', 'audit_events', 'audit_records', 'audit_chains', 'audit_checkpoints'
    ] loop
        execute format('alter table %I enable row level security', name);
    end loop;
end $$;
