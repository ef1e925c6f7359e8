-- Times are text of a fixed form (2006-01-02T15:04:05.000Z), which sorts like
-- the instants it says; booleans are 0 and 1. An absent text is '', an absent
-- time NULL. Columns called search hold what a list's query looks through, in
-- lower case.

-- +goose Up
CREATE TABLE meta (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name)
) WITHOUT ROWID;

CREATE TABLE centers (
    id TEXT NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    lat REAL NOT NULL,
    lng REAL NOT NULL,
    timezone TEXT NOT NULL,
    currency TEXT NOT NULL,
    assign_mode TEXT NOT NULL,
    speed_kmh INTEGER NOT NULL,
    service_minutes INTEGER NOT NULL,
    active INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    version INTEGER NOT NULL,
    modified_at TEXT NULL,
    search TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX centers_code ON centers (code);

-- How far a center's two logs go; a row of its own, as it changes with every
-- write: the numbers are given by updating it.
CREATE TABLE heads (
    center_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    chat_seq INTEGER NOT NULL,
    log_floor INTEGER NOT NULL,
    PRIMARY KEY (center_id),
    FOREIGN KEY (center_id) REFERENCES centers (id)
) WITHOUT ROWID;

CREATE TABLE shops (
    id TEXT NOT NULL,
    center_id TEXT NOT NULL,
    name TEXT NOT NULL,
    phone TEXT NOT NULL,
    address TEXT NOT NULL,
    lat REAL NOT NULL,
    lng REAL NOT NULL,
    prep_minutes INTEGER NOT NULL,
    status TEXT NOT NULL,
    busy_minutes INTEGER NOT NULL,
    active INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    version INTEGER NOT NULL,
    modified_at TEXT NULL,
    search TEXT NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (center_id) REFERENCES centers (id)
);
CREATE INDEX shops_center ON shops (center_id, created_at, id);

CREATE TABLE riders (
    id TEXT NOT NULL,
    center_id TEXT NOT NULL,
    name TEXT NOT NULL,
    phone TEXT NOT NULL,
    vehicle TEXT NOT NULL,
    capacity INTEGER NOT NULL,
    duty TEXT NOT NULL,
    active INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    version INTEGER NOT NULL,
    modified_at TEXT NULL,
    search TEXT NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (center_id) REFERENCES centers (id)
);
CREATE INDEX riders_center ON riders (center_id, created_at, id);

CREATE TABLE users (
    id TEXT NOT NULL,
    login_name TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    center_ids TEXT NOT NULL,
    rider_id TEXT NOT NULL,
    active INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    version INTEGER NOT NULL,
    modified_at TEXT NULL,
    search TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX users_login ON users (login_name);
CREATE UNIQUE INDEX users_rider ON users (rider_id) WHERE rider_id <> '';

CREATE TABLE api_keys (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    center_ids TEXT NOT NULL,
    created_at TEXT NOT NULL,
    version INTEGER NOT NULL,
    modified_at TEXT NULL,
    search TEXT NOT NULL,
    key_hash TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX api_keys_hash ON api_keys (key_hash);

CREATE TABLE sessions (
    hash TEXT NOT NULL,
    user_id TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    remote_ip TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    PRIMARY KEY (hash),
    FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE tickets (
    hash TEXT NOT NULL,
    session_hash TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    PRIMARY KEY (hash)
) WITHOUT ROWID;
CREATE INDEX tickets_expiry ON tickets (expires_at);

-- +goose Down
DROP TABLE tickets;
DROP TABLE sessions;
DROP TABLE api_keys;
DROP TABLE users;
DROP TABLE riders;
DROP TABLE shops;
DROP TABLE heads;
DROP TABLE centers;
DROP TABLE meta;
