-- The same tables, columns and indexes as ../sqlite (a test compares them). Text
-- is nvarchar, as the driver sends every string so, and compares byte by byte as
-- it does there, whatever the collation of the database. Only ids that a foreign
-- key ties have that one, as not every server checks the key otherwise; they are
-- made by bros, in one form.

-- +goose Up
CREATE TABLE meta (
    name NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    value NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE centers (
    id NVARCHAR(40) NOT NULL,
    code NVARCHAR(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    name NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    lat FLOAT NOT NULL,
    lng FLOAT NOT NULL,
    timezone NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    currency NVARCHAR(8) COLLATE Latin1_General_100_BIN2 NOT NULL,
    assign_mode NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    speed_kmh INT NOT NULL,
    service_minutes INT NOT NULL,
    active BIT NOT NULL,
    created_at DATETIME2(3) NOT NULL,
    version BIGINT NOT NULL,
    modified_at DATETIME2(3) NULL,
    search NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NOT NULL,
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
    id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    center_id NVARCHAR(40) NOT NULL,
    name NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    phone NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    address NVARCHAR(600) COLLATE Latin1_General_100_BIN2 NOT NULL,
    lat FLOAT NOT NULL,
    lng FLOAT NOT NULL,
    prep_minutes INT NOT NULL,
    status NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    busy_minutes INT NOT NULL,
    active BIT NOT NULL,
    created_at DATETIME2(3) NOT NULL,
    version BIGINT NOT NULL,
    modified_at DATETIME2(3) NULL,
    search NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (center_id) REFERENCES centers (id)
);
CREATE INDEX shops_center ON shops (center_id, created_at, id);

CREATE TABLE riders (
    id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    center_id NVARCHAR(40) NOT NULL,
    name NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    phone NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    vehicle NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    capacity INT NOT NULL,
    duty NVARCHAR(8) COLLATE Latin1_General_100_BIN2 NOT NULL,
    active BIT NOT NULL,
    created_at DATETIME2(3) NOT NULL,
    version BIGINT NOT NULL,
    modified_at DATETIME2(3) NULL,
    search NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (center_id) REFERENCES centers (id)
);
CREATE INDEX riders_center ON riders (center_id, created_at, id);

CREATE TABLE users (
    id NVARCHAR(40) NOT NULL,
    login_name NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    name NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    role NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
    center_ids NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NOT NULL,
    rider_id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    active BIT NOT NULL,
    created_at DATETIME2(3) NOT NULL,
    version BIGINT NOT NULL,
    modified_at DATETIME2(3) NULL,
    search NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NOT NULL,
    password_hash NVARCHAR(300) COLLATE Latin1_General_100_BIN2 NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX users_login ON users (login_name);
CREATE UNIQUE INDEX users_rider ON users (rider_id) WHERE rider_id <> '';

CREATE TABLE api_keys (
    id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    name NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    scopes NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NOT NULL,
    center_ids NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at DATETIME2(3) NOT NULL,
    version BIGINT NOT NULL,
    modified_at DATETIME2(3) NULL,
    search NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NOT NULL,
    key_hash NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX api_keys_hash ON api_keys (key_hash);

CREATE TABLE sessions (
    hash NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    user_id NVARCHAR(40) NOT NULL,
    created_at DATETIME2(3) NOT NULL,
    expires_at DATETIME2(3) NOT NULL,
    remote_ip NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    user_agent NVARCHAR(500) COLLATE Latin1_General_100_BIN2 NOT NULL,
    PRIMARY KEY (hash),
    FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE tickets (
    hash NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    session_hash NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    actor_id NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
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
