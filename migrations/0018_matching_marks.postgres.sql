-- What suggestions read of mentors; see matching_marks.

create function mark_for_matching(subject uuid, what text) returns void language sql as $$
    insert into matching_marks (subject_id, kind, unit)
    values (subject, what, pg_current_xact_id()::text::bigint)
    on conflict (subject_id, kind) do update set unit = excluded.unit where matching_marks.unit <> excluded.unit
$$;

-- The row names its subject by `id`; the trigger says which kind.
create function mark_row_for_matching() returns trigger language plpgsql as $$
begin
    perform mark_for_matching(new.id, tg_argv[0]);
    return null;
end $$;

create function mark_person_for_matching() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        perform mark_for_matching(old.person_id, 'profile');
    else
        perform mark_for_matching(new.person_id, 'profile');
    end if;
    return null;
end $$;

create function mark_skill_for_matching() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        perform mark_for_matching(old.skill_id, 'organisation');
    else
        perform mark_for_matching(new.skill_id, 'organisation');
    end if;
    return null;
end $$;

create trigger people_mark_added after insert on people
for each row execute function mark_row_for_matching('profile');

create trigger people_mark_profile after update of status, offers_mentoring, is_paused, mentor_capacity, ladder_role_id,
    team_id, manager_id, hired_on, time_zone, languages, formats, topics, style_answers, consents_to_personal_fit on people
for each row when (
    (old.offers_mentoring or new.offers_mentoring or old.manager_id is distinct from new.manager_id)
    and (old.status, old.offers_mentoring, old.is_paused, old.mentor_capacity, old.ladder_role_id, old.team_id,
         old.manager_id, old.hired_on, old.time_zone, old.languages, old.formats, old.topics, old.style_answers,
         old.consents_to_personal_fit)
    is distinct from (new.status, new.offers_mentoring, new.is_paused, new.mentor_capacity, new.ladder_role_id,
         new.team_id, new.manager_id, new.hired_on, new.time_zone, new.languages, new.formats, new.topics,
         new.style_answers, new.consents_to_personal_fit)
) execute function mark_row_for_matching('profile');

create trigger people_mark_load after update of mentor_load on people
for each row when (new.offers_mentoring and old.mentor_load <> new.mentor_load)
execute function mark_row_for_matching('load');

create trigger person_skills_mark after insert or update or delete on person_skills
for each row execute function mark_person_for_matching();

create trigger person_history_mark_added after insert on person_history
for each row when (new.ladder_role_id is not null) execute function mark_person_for_matching();

create trigger teams_mark_changed after update of department_id on teams
for each row when (old.department_id is distinct from new.department_id)
execute function mark_row_for_matching('organisation');

create trigger ladder_roles_mark_changed after update of ladder_id, level on ladder_roles
for each row when ((old.ladder_id, old.level) is distinct from (new.ladder_id, new.level))
execute function mark_row_for_matching('organisation');

create trigger skill_relations_mark after insert or delete on skill_relations
for each row execute function mark_skill_for_matching();
