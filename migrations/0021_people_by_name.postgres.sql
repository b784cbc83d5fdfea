-- People are looked for by prefix, as a range of bytes. SQLite compares bytes anyway.
alter table people alter column name_folded type text collate "C";
