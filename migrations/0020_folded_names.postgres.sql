-- Folded names are looked for by prefix, as a range of bytes. SQLite compares bytes anyway;
-- PostgreSQL does so in the collation "C", whatever the database's own is. Their indexes follow.
alter table departments alter column name_folded type text collate "C";
alter table teams alter column name_folded type text collate "C";
alter table skills alter column name_folded type text collate "C";
alter table skill_synonyms alter column name_folded type text collate "C";
alter table people alter column name_folded type text collate "C";
