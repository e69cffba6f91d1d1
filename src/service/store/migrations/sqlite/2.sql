-- Whose a row is, as a keyed hash, so that a person can have it erased; and the questions that
-- found no answer, kept only where the settings say so.
ALTER TABLE sessions ADD COLUMN person TEXT;
ALTER TABLE queries ADD COLUMN person TEXT;
ALTER TABLE outbox ADD COLUMN person TEXT;
CREATE INDEX sessions_person ON sessions (person) WHERE person IS NOT NULL;
CREATE INDEX queries_person ON queries (person) WHERE person IS NOT NULL;
CREATE INDEX outbox_person ON outbox (person) WHERE person IS NOT NULL;

CREATE TABLE unanswered (
    language TEXT NOT NULL,
    text TEXT NOT NULL,
    times BIGINT NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    PRIMARY KEY (language, text)
);
