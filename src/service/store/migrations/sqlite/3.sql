-- Which entries somebody declined before a question counted as unanswered, separated by blanks;
-- and whose questions they were, for as long as that person's conversation lasts, so that they can
-- be erased with the rest.
ALTER TABLE unanswered ADD COLUMN declined TEXT NOT NULL DEFAULT '';

CREATE TABLE unanswered_by (
    person TEXT NOT NULL,
    language TEXT NOT NULL,
    text TEXT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX unanswered_by_person ON unanswered_by (person);
CREATE INDEX unanswered_by_text ON unanswered_by (language, text);
CREATE INDEX unanswered_by_expires ON unanswered_by (expires);
