-- The same tables, columns and indexes as ../sqlite (a test compares them). Keys
-- are nvarchar, as the driver sends every string so; what other systems choose
-- freely (external ids, idempotency keys) compares byte by byte.

-- +goose Up
CREATE TABLE meta (
    name NVARCHAR(40) NOT NULL,
    value NVARCHAR(200) NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE centers (
    id NVARCHAR(40) NOT NULL,
    code NVARCHAR(100) NOT NULL,
    name NVARCHAR(200) NOT NULL,
    lat FLOAT NOT NULL,
    lng FLOAT NOT NULL,
    timezone NVARCHAR(64) NOT NULL,
    currency NVARCHAR(8) NOT NULL,
    assign_mode NVARCHAR(16) NOT NULL,
    speed_kmh INT NOT NULL,
    service_minutes INT NOT NULL,
    active BIT NOT NULL,
    created_at DATETIME2(3) NOT NULL,
    version BIGINT NOT NULL,
    modified_at DATETIME2(3) NULL,
    search NVARCHAR(MAX) NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX centers_code ON centers (code);

-- How far a center's two logs go; a row of its own, as it changes with every
-- write: the numbers are given by updating it.
CREATE TABLE heads (
    center_id NVARCHAR(40) NOT NULL,
    seq BIGINT NOT NULL,
    chat_seq BIGINT NOT NULL,
    log_floor BIGINT NOT NULL,
    PRIMARY KEY (center_id),
    FOREIGN KEY (center_id) REFERENCES centers (id)
);

CREATE TABLE shops (
    id NVARCHAR(40) NOT NULL,
    center_id NVARCHAR(40) NOT NULL,
    name NVARCHAR(200) NOT NULL,
    phone NVARCHAR(20) NOT NULL,
    address NVARCHAR(600) NOT NULL,
    lat FLOAT NOT NULL,
    lng FLOAT NOT NULL,
    prep_minutes INT NOT NULL,
    status NVARCHAR(16) NOT NULL,
    busy_minutes INT NOT NULL,
    active BIT NOT NULL,
    created_at DATETIME2(3) NOT NULL,
    version BIGINT NOT NULL,
    modified_at DATETIME2(3) NULL,
    search NVARCHAR(MAX) NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (center_id) REFERENCES centers (id)
);
CREATE INDEX shops_center ON shops (center_id, created_at, id);

CREATE TABLE riders (
    id NVARCHAR(40) NOT NULL,
    center_id NVARCHAR(40) NOT NULL,
    name NVARCHAR(200) NOT NULL,
    phone NVARCHAR(20) NOT NULL,
    vehicle NVARCHAR(16) NOT NULL,
    capacity INT NOT NULL,
    duty NVARCHAR(8) NOT NULL,
    active BIT NOT NULL,
    created_at DATETIME2(3) NOT NULL,
    version BIGINT NOT NULL,
    modified_at DATETIME2(3) NULL,
    search NVARCHAR(MAX) NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (center_id) REFERENCES centers (id)
);
CREATE INDEX riders_center ON riders (center_id, created_at, id);

CREATE TABLE users (
    id NVARCHAR(40) NOT NULL,
    login_name NVARCHAR(64) NOT NULL,
    name NVARCHAR(200) NOT NULL,
    role NVARCHAR(16) NOT NULL,
    center_ids NVARCHAR(MAX) NOT NULL,
    rider_id NVARCHAR(40) NOT NULL,
    active BIT NOT NULL,
    created_at DATETIME2(3) NOT NULL,
    version BIGINT NOT NULL,
    modified_at DATETIME2(3) NULL,
    search NVARCHAR(MAX) NOT NULL,
    password_hash NVARCHAR(300) NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX users_login ON users (login_name);
CREATE UNIQUE INDEX users_rider ON users (rider_id) WHERE rider_id <> '';

CREATE TABLE api_keys (
    id NVARCHAR(40) NOT NULL,
    name NVARCHAR(200) NOT NULL,
    scopes NVARCHAR(MAX) NOT NULL,
    center_ids NVARCHAR(MAX) NOT NULL,
    created_at DATETIME2(3) NOT NULL,
    version BIGINT NOT NULL,
    modified_at DATETIME2(3) NULL,
    search NVARCHAR(MAX) NOT NULL,
    key_hash NVARCHAR(64) NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX api_keys_hash ON api_keys (key_hash);

CREATE TABLE sessions (
    hash NVARCHAR(64) NOT NULL,
    user_id NVARCHAR(40) NOT NULL,
    created_at DATETIME2(3) NOT NULL,
    expires_at DATETIME2(3) NOT NULL,
    remote_ip NVARCHAR(64) NOT NULL,
    user_agent NVARCHAR(500) NOT NULL,
    PRIMARY KEY (hash),
    FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE tickets (
    hash NVARCHAR(64) NOT NULL,
    session_hash NVARCHAR(64) NOT NULL,
    actor_id NVARCHAR(40) NOT NULL,
    expires_at DATETIME2(3) NOT NULL,
    PRIMARY KEY (hash)
);
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
