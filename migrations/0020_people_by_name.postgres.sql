-- A prefix is a range only where letters are compared byte by byte; SQLite always does.
create index people_by_name_bytes on people (name_folded collate "C", id);
