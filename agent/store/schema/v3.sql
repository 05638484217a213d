-- Which printer a job was given to, by its name; '' while it has been given to none. What is left of a job that
-- is not on paper stands in that one, and in no other.
ALTER TABLE spool ADD COLUMN printer TEXT NOT NULL DEFAULT '';
ALTER TABLE printed ADD COLUMN printer TEXT NOT NULL DEFAULT '';
