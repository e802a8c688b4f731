-- Who may do what: a role bound to everything, to a node or to an interface; at most one role for each of these.
CREATE TABLE "role_bindings" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "role" VARCHAR(20) NOT NULL,
    "scope" VARCHAR(80) NOT NULL,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_role_bindings_user_id_scope" UNIQUE ("user_id", "scope")
);

INSERT INTO "role_bindings" ("role", "scope", "user_id") SELECT "role", '*', "id" FROM "users";

-- An empty password hash is that of somebody who has none (yet): invited, or signed in by a provider or a passkey.
ALTER TABLE "users" DROP COLUMN "role";
ALTER TABLE "users" ADD COLUMN "peer_limit" INT;
ALTER TABLE "users" ADD COLUMN "joined_at" TIMESTAMP;

UPDATE "users" SET "joined_at" = "created_at";

-- How a session was signed in to, such as `pwd totp`, and when its user last proved who they are.
ALTER TABLE "sessions" ADD COLUMN "amr" VARCHAR(40) NOT NULL DEFAULT 'pwd';
ALTER TABLE "sessions" ADD COLUMN "proved_at" REAL NOT NULL DEFAULT 0;

UPDATE "sessions" SET "proved_at" = "created_at";

-- Links that are good once: an invitation, a new password.
CREATE TABLE "one_time_links" (
    "token_digest" VARCHAR(64) NOT NULL PRIMARY KEY,
    "purpose" VARCHAR(10) NOT NULL,
    "expires_at" REAL NOT NULL,
    "used_at" REAL,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);

CREATE INDEX "idx_one_time_links_user_id" ON "one_time_links" ("user_id");

-- What applies to everybody, by name, such as who needs a second factor.
CREATE TABLE "policies" (
    "name" VARCHAR(40) NOT NULL PRIMARY KEY,
    "value" JSON NOT NULL
);

-- The seed of somebody's authenticator app; `confirmed` once a code of it was shown. `last_step` is spent (RFC 6238).
CREATE TABLE "totp_seeds" (
    "user_id" VARCHAR(32) NOT NULL PRIMARY KEY REFERENCES "users" ("id") ON DELETE CASCADE,
    "sealed" BLOB NOT NULL,
    "confirmed" INT NOT NULL,
    "last_step" INT NOT NULL,
    "created_at" REAL NOT NULL
);

CREATE TABLE "recovery_codes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "code_digest" VARCHAR(64) NOT NULL,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_recovery_codes_user_id_code_digest" UNIQUE ("user_id", "code_digest")
);

-- WebAuthn credentials; `credential_id` is base64url, `public_key` is a COSE key.
CREATE TABLE "passkeys" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "credential_id" VARCHAR(1400) NOT NULL UNIQUE,
    "public_key" BLOB NOT NULL,
    "sign_count" BIGINT NOT NULL,
    "name" VARCHAR(60) NOT NULL,
    "transports" JSON NOT NULL,
    "created_at" REAL NOT NULL,
    "used_at" REAL,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);

CREATE INDEX "idx_passkeys_user_id" ON "passkeys" ("user_id");

-- One sign-in of a program: every access and refresh token that came of it ends with it.
CREATE TABLE "token_families" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "auth_epoch" INT NOT NULL,
    "created_at" REAL NOT NULL,
    "expires_at" REAL NOT NULL,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);

CREATE INDEX "idx_token_families_user_id" ON "token_families" ("user_id");
CREATE INDEX "idx_token_families_expires_at" ON "token_families" ("expires_at");

CREATE TABLE "refresh_tokens" (
    "token_digest" VARCHAR(64) NOT NULL PRIMARY KEY,
    "expires_at" REAL NOT NULL,
    "used_at" REAL,
    "family_id" VARCHAR(32) NOT NULL REFERENCES "token_families" ("id") ON DELETE CASCADE
);

CREATE INDEX "idx_refresh_tokens_family_id" ON "refresh_tokens" ("family_id");

-- `actions` are what it may do at most, `scope` to what.
CREATE TABLE "api_tokens" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "token_digest" VARCHAR(64) NOT NULL UNIQUE,
    "name" VARCHAR(60) NOT NULL,
    "actions" JSON NOT NULL,
    "scope" VARCHAR(80) NOT NULL,
    "created_at" REAL NOT NULL,
    "expires_at" REAL NOT NULL,
    "used_at" REAL,
    "used_from" VARCHAR(64) NOT NULL,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);

CREATE INDEX "idx_api_tokens_user_id" ON "api_tokens" ("user_id");

-- Identity providers of OpenID Connect. `grants` is a list of {value, role, scope}: what a value of `claim` gives.
CREATE TABLE "identity_providers" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "name" VARCHAR(60) NOT NULL UNIQUE,
    "issuer" VARCHAR(300) NOT NULL,
    "client_id" VARCHAR(200) NOT NULL,
    "secret_sealed" BLOB,
    "scopes" VARCHAR(200) NOT NULL,
    "claim" VARCHAR(60) NOT NULL,
    "grants" JSON NOT NULL,
    "admits_new" INT NOT NULL,
    "enabled" INT NOT NULL,
    "version" INT NOT NULL
);

CREATE TABLE "identities" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "subject" VARCHAR(255) NOT NULL,
    "provider_id" VARCHAR(32) NOT NULL REFERENCES "identity_providers" ("id") ON DELETE CASCADE,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_identities_provider_id_subject" UNIQUE ("provider_id", "subject")
);

CREATE INDEX "idx_identities_user_id" ON "identities" ("user_id");

-- Who did what to what, when, from where. `mac` covers the row and the `mac` before it.
CREATE TABLE "audit_entries" (
    "id" BIGINT NOT NULL PRIMARY KEY,
    "at" REAL NOT NULL,
    "actor_id" VARCHAR(64) NOT NULL,
    "actor_name" VARCHAR(254) NOT NULL,
    "actor_kind" VARCHAR(10) NOT NULL,
    "address" VARCHAR(64) NOT NULL,
    "action" VARCHAR(40) NOT NULL,
    "outcome" VARCHAR(10) NOT NULL,
    "subject_kind" VARCHAR(20) NOT NULL,
    "subject_id" VARCHAR(64) NOT NULL,
    "subject_name" VARCHAR(254) NOT NULL,
    "summary" VARCHAR(300) NOT NULL,
    "detail" JSON NOT NULL,
    "count" INT NOT NULL,
    "mac" VARCHAR(64) NOT NULL
);

CREATE INDEX "idx_audit_entries_at" ON "audit_entries" ("at");
CREATE INDEX "idx_audit_entries_actor_id" ON "audit_entries" ("actor_id");
CREATE INDEX "idx_audit_entries_subject_id" ON "audit_entries" ("subject_id");

-- How long the chain is, and its last link: without it, a row taken from the end would leave no trace.
CREATE TABLE "audit_heads" (
    "id" INT NOT NULL PRIMARY KEY,
    "last_id" BIGINT NOT NULL,
    "mac" VARCHAR(64) NOT NULL
);
