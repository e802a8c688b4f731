CREATE TABLE "interfaces" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "node" VARCHAR(63) NOT NULL,
    "name" VARCHAR(15) NOT NULL,
    "public_key" VARCHAR(44),
    "listen_port" INT NOT NULL CHECK ("listen_port" BETWEEN 0 AND 65535),
    "fwmark" INT NOT NULL,
    "mtu" INT NOT NULL,
    "addresses" JSON NOT NULL,
    "pools" JSON NOT NULL,
    "dns" JSON NOT NULL,
    "table" VARCHAR(10) NOT NULL,
    "public_host" VARCHAR(253) NOT NULL,
    "public_port" INT NOT NULL,
    "masquerade" INT NOT NULL,
    "started" INT NOT NULL,
    "drift_mode" VARCHAR(10) NOT NULL,
    "unmanaged" VARCHAR(10) NOT NULL,
    "brought_up_by" VARCHAR(10) NOT NULL,
    "server_keys" INT NOT NULL,
    "version" INT NOT NULL,
    "generation" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    CONSTRAINT "uid_interfaces_node_name" UNIQUE ("node", "name")
);

CREATE TABLE "peers" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "name" VARCHAR(60) NOT NULL,
    "public_key" VARCHAR(44) NOT NULL,
    "addresses" JSON NOT NULL,
    "routes" JSON NOT NULL,
    "client_allowed_ips" JSON,
    "endpoint" VARCHAR(260),
    "persistent_keepalive" INT NOT NULL CHECK ("persistent_keepalive" BETWEEN 0 AND 65535),
    "client_keepalive" INT,
    "dns" JSON,
    "mtu" INT,
    "notes" TEXT NOT NULL,
    "tags" JSON NOT NULL,
    "owner_id" VARCHAR(32),
    "expires_at" TIMESTAMP,
    "enabled" INT NOT NULL,
    "disabled_reason" VARCHAR(200),
    "preshared_sealed" BLOB,
    "private_sealed" BLOB,
    "given_revision" VARCHAR(64),
    "version" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "interface_id" VARCHAR(32) NOT NULL REFERENCES "interfaces" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_peers_interface_id_public_key" UNIQUE ("interface_id", "public_key"),
    CONSTRAINT "uid_peers_interface_id_name" UNIQUE ("interface_id", "name")
);

CREATE INDEX "idx_peers_expires_at" ON "peers" ("expires_at");

-- One row per prefix that an interface routes to a peer; `family` 4 or 6, first and last address in hexadecimal of
-- equal length, so that text order is address order.
CREATE TABLE "peer_prefixes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "family" INT NOT NULL,
    "first" VARCHAR(32) NOT NULL,
    "last" VARCHAR(32) NOT NULL,
    "prefix" VARCHAR(43) NOT NULL,
    "interface_id" VARCHAR(32) NOT NULL REFERENCES "interfaces" ("id") ON DELETE CASCADE,
    "peer_id" VARCHAR(32) NOT NULL REFERENCES "peers" ("id") ON DELETE CASCADE
);

CREATE INDEX "idx_peer_prefixes_peer_id" ON "peer_prefixes" ("peer_id");
CREATE UNIQUE INDEX "uid_peer_prefixes_interface_id_family_first" ON "peer_prefixes" ("interface_id", "family", "first");

-- An address belongs to one peer of an interface, whatever the services above believe. The rows of an interface never
-- overlap, so only the nearest neighbour on either side can be in the way.
CREATE TRIGGER "peer_prefixes_do_not_overlap" BEFORE INSERT ON "peer_prefixes"
WHEN EXISTS (
    SELECT 1 FROM (
        SELECT "last" FROM "peer_prefixes"
        WHERE "interface_id" = NEW."interface_id" AND "family" = NEW."family" AND "first" <= NEW."first"
        ORDER BY "first" DESC LIMIT 1
    ) WHERE "last" >= NEW."first"
) OR EXISTS (
    SELECT 1 FROM "peer_prefixes"
    WHERE "interface_id" = NEW."interface_id" AND "family" = NEW."family"
        AND "first" > NEW."first" AND "first" <= NEW."last"
)
BEGIN
    SELECT RAISE(ABORT, 'peer_prefixes overlap');
END;

CREATE TABLE "reservations" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "address" VARCHAR(43) NOT NULL,
    "note" VARCHAR(200) NOT NULL,
    "interface_id" VARCHAR(32) NOT NULL REFERENCES "interfaces" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_reservations_interface_id_address" UNIQUE ("interface_id", "address")
);

CREATE TABLE "released_addresses" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "address" VARCHAR(43) NOT NULL,
    "peer_name" VARCHAR(60) NOT NULL,
    "released_at" REAL NOT NULL,
    "interface_id" VARCHAR(32) NOT NULL REFERENCES "interfaces" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_released_addresses_interface_id_address" UNIQUE ("interface_id", "address")
);

-- The keys that Sentra took off an interface, so that an old file does not bring them back.
CREATE TABLE "tombstones" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "public_key" VARCHAR(44) NOT NULL,
    "peer_name" VARCHAR(60) NOT NULL,
    "buried_at" REAL NOT NULL,
    "interface_id" VARCHAR(32) NOT NULL REFERENCES "interfaces" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_tombstones_interface_id_public_key" UNIQUE ("interface_id", "public_key")
);

CREATE TABLE "revisions" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "interface_id" VARCHAR(32) NOT NULL,
    "what" VARCHAR(40) NOT NULL,
    "summary" VARCHAR(300) NOT NULL,
    "actor_id" VARCHAR(64) NOT NULL,
    "actor_name" VARCHAR(254) NOT NULL,
    "before" JSON NOT NULL,
    "after" JSON NOT NULL,
    "undone_by" INT,
    "made_at" REAL NOT NULL
);

CREATE INDEX "idx_revisions_interface_id" ON "revisions" ("interface_id");

-- Which peers a revision is about, so that each finds its own history, also where many were changed at once.
CREATE TABLE "revision_peers" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "peer_id" VARCHAR(32) NOT NULL,
    "revision_id" INT NOT NULL REFERENCES "revisions" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_revision_peers_peer_id_revision_id" UNIQUE ("peer_id", "revision_id")
);

CREATE INDEX "idx_revision_peers_revision_id" ON "revision_peers" ("revision_id");

-- A change that may have cut off its author: undone by its revision when the time is over. With `deletes` the interface
-- is only stopped so far, and goes when the change is confirmed.
CREATE TABLE "confirmations" (
    "interface_id" VARCHAR(32) NOT NULL PRIMARY KEY REFERENCES "interfaces" ("id") ON DELETE CASCADE,
    "nonce_digest" VARCHAR(64) NOT NULL,
    "revision_id" INT NOT NULL,
    "deletes" INT NOT NULL,
    "made_at" REAL NOT NULL,
    "deadline" REAL NOT NULL
);

-- Differences that somebody does not want to see, by what they are: another difference has another name.
CREATE TABLE "ignored_drift" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "drift_id" VARCHAR(32) NOT NULL,
    "interface_id" VARCHAR(32) NOT NULL REFERENCES "interfaces" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_ignored_drift_interface_id_drift_id" UNIQUE ("interface_id", "drift_id")
);

CREATE TABLE "idempotency_keys" (
    "key_digest" VARCHAR(64) NOT NULL PRIMARY KEY,
    "request_digest" VARCHAR(64) NOT NULL,
    "status" INT NOT NULL,
    "answer" TEXT NOT NULL,
    "made_at" REAL NOT NULL
);
