-- `updated_at` never goes back: what is changed now is at least as new as the newest change, whatever the clock says. So a
-- reader of `updated_after` that keeps the newest `updated_at` misses nothing. See http::OVERLAP.
create trigger people_keep_order_of_new after insert on people
when new.updated_at < (select max(updated_at) from people)
begin
    update people set updated_at = (select max(updated_at) from people) where id = new.id;
end;
create trigger people_keep_order after update of updated_at on people
when new.updated_at <> old.updated_at and new.updated_at < (select max(updated_at) from people)
begin
    update people set updated_at = (select max(updated_at) from people) where id = new.id;
end;
create trigger programs_keep_order_of_new after insert on programs
when new.updated_at < (select max(updated_at) from programs)
begin
    update programs set updated_at = (select max(updated_at) from programs) where id = new.id;
end;
create trigger programs_keep_order after update of updated_at on programs
when new.updated_at <> old.updated_at and new.updated_at < (select max(updated_at) from programs)
begin
    update programs set updated_at = (select max(updated_at) from programs) where id = new.id;
end;
create trigger pairs_keep_order_of_new after insert on pairs
when new.updated_at < (select max(updated_at) from pairs)
begin
    update pairs set updated_at = (select max(updated_at) from pairs) where id = new.id;
end;
create trigger pairs_keep_order after update of updated_at on pairs
when new.updated_at <> old.updated_at and new.updated_at < (select max(updated_at) from pairs)
begin
    update pairs set updated_at = (select max(updated_at) from pairs) where id = new.id;
end;
create trigger sessions_keep_order_of_new after insert on sessions
when new.updated_at < (select max(updated_at) from sessions)
begin
    update sessions set updated_at = (select max(updated_at) from sessions) where id = new.id;
end;
create trigger sessions_keep_order after update of updated_at on sessions
when new.updated_at <> old.updated_at and new.updated_at < (select max(updated_at) from sessions)
begin
    update sessions set updated_at = (select max(updated_at) from sessions) where id = new.id;
end;
create trigger goals_keep_order_of_new after insert on goals
when new.updated_at < (select max(updated_at) from goals)
begin
    update goals set updated_at = (select max(updated_at) from goals) where id = new.id;
end;
create trigger goals_keep_order after update of updated_at on goals
when new.updated_at <> old.updated_at and new.updated_at < (select max(updated_at) from goals)
begin
    update goals set updated_at = (select max(updated_at) from goals) where id = new.id;
end;
