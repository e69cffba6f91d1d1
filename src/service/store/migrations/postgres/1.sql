-- Times are seconds since 1970, UTC. No column holds what a person asked.
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE keys (
    name TEXT PRIMARY KEY,
    hash BYTEA NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT,
    revoked BIGINT
);

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    version BIGINT NOT NULL,
    content BYTEA NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX sessions_expires ON sessions (expires);

CREATE TABLE queries (
    id TEXT PRIMARY KEY,
    alias BIGINT NOT NULL UNIQUE,
    secret TEXT NOT NULL,
    decision TEXT NOT NULL,
    entry TEXT,
    language TEXT,
    created BIGINT NOT NULL
);
CREATE INDEX queries_created ON queries (created);

CREATE TABLE feedback (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    query TEXT NOT NULL,
    kind TEXT NOT NULL,
    sentiment TEXT NOT NULL,
    entry TEXT,
    text TEXT,
    created BIGINT NOT NULL
);
CREATE INDEX feedback_query ON feedback (query);

CREATE TABLE outbox (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    created BIGINT NOT NULL
);
