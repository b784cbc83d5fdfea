-- What suggestions read of mentors; see matching_marks.

create trigger people_mark_added after insert on people begin
    insert into matching_marks (subject_id, kind, unit)
    values (new.id, 'profile', (select coalesce(max(unit), 0) + 1 from matching_marks))
    on conflict (subject_id, kind) do update set unit = excluded.unit;
end;

create trigger people_mark_profile after update of status, offers_mentoring, is_paused, mentor_capacity, ladder_role_id,
    team_id, manager_id, hired_on, time_zone, languages, formats, topics, style_answers, consents_to_personal_fit on people
when (old.offers_mentoring or new.offers_mentoring or old.manager_id is not new.manager_id)
    and (old.status is not new.status or old.offers_mentoring is not new.offers_mentoring
        or old.is_paused is not new.is_paused or old.mentor_capacity is not new.mentor_capacity
        or old.ladder_role_id is not new.ladder_role_id or old.team_id is not new.team_id
        or old.manager_id is not new.manager_id or old.hired_on is not new.hired_on
        or old.time_zone is not new.time_zone or old.languages is not new.languages or old.formats is not new.formats
        or old.topics is not new.topics or old.style_answers is not new.style_answers
        or old.consents_to_personal_fit is not new.consents_to_personal_fit)
begin
    insert into matching_marks (subject_id, kind, unit)
    values (new.id, 'profile', (select coalesce(max(unit), 0) + 1 from matching_marks))
    on conflict (subject_id, kind) do update set unit = excluded.unit;
end;

create trigger people_mark_load after update of mentor_load on people
when new.offers_mentoring and old.mentor_load is not new.mentor_load
begin
    insert into matching_marks (subject_id, kind, unit)
    values (new.id, 'load', (select coalesce(max(unit), 0) + 1 from matching_marks))
    on conflict (subject_id, kind) do update set unit = excluded.unit;
end;

create trigger person_skills_mark_added after insert on person_skills begin
    insert into matching_marks (subject_id, kind, unit)
    values (new.person_id, 'profile', (select coalesce(max(unit), 0) + 1 from matching_marks))
    on conflict (subject_id, kind) do update set unit = excluded.unit;
end;

create trigger person_skills_mark_changed after update on person_skills begin
    insert into matching_marks (subject_id, kind, unit)
    values (new.person_id, 'profile', (select coalesce(max(unit), 0) + 1 from matching_marks))
    on conflict (subject_id, kind) do update set unit = excluded.unit;
end;

create trigger person_skills_mark_removed after delete on person_skills begin
    insert into matching_marks (subject_id, kind, unit)
    values (old.person_id, 'profile', (select coalesce(max(unit), 0) + 1 from matching_marks))
    on conflict (subject_id, kind) do update set unit = excluded.unit;
end;

create trigger person_history_mark_added after insert on person_history when new.ladder_role_id is not null begin
    insert into matching_marks (subject_id, kind, unit)
    values (new.person_id, 'profile', (select coalesce(max(unit), 0) + 1 from matching_marks))
    on conflict (subject_id, kind) do update set unit = excluded.unit;
end;

create trigger teams_mark_changed after update of department_id on teams
when old.department_id is not new.department_id
begin
    insert into matching_marks (subject_id, kind, unit)
    values (new.id, 'organisation', (select coalesce(max(unit), 0) + 1 from matching_marks))
    on conflict (subject_id, kind) do update set unit = excluded.unit;
end;

create trigger ladder_roles_mark_changed after update of ladder_id, level on ladder_roles
when old.ladder_id is not new.ladder_id or old.level is not new.level
begin
    insert into matching_marks (subject_id, kind, unit)
    values (new.id, 'organisation', (select coalesce(max(unit), 0) + 1 from matching_marks))
    on conflict (subject_id, kind) do update set unit = excluded.unit;
end;

create trigger skill_relations_mark_added after insert on skill_relations begin
    insert into matching_marks (subject_id, kind, unit)
    values (new.skill_id, 'organisation', (select coalesce(max(unit), 0) + 1 from matching_marks))
    on conflict (subject_id, kind) do update set unit = excluded.unit;
end;

create trigger skill_relations_mark_removed after delete on skill_relations begin
    insert into matching_marks (subject_id, kind, unit)
    values (old.skill_id, 'organisation', (select coalesce(max(unit), 0) + 1 from matching_marks))
    on conflict (subject_id, kind) do update set unit = excluded.unit;
end;
