CREATE TABLE "users" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "email" VARCHAR(254) NOT NULL UNIQUE,
    "name" VARCHAR(100) NOT NULL,
    "role" VARCHAR(20) NOT NULL,
    "password_hash" VARCHAR(255) NOT NULL,
    "auth_epoch" INT NOT NULL,
    "enabled" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL
);

CREATE TABLE "sessions" (
    "id" VARCHAR(64) NOT NULL PRIMARY KEY,
    "auth_epoch" INT NOT NULL,
    "created_at" REAL NOT NULL,
    "seen_at" REAL NOT NULL,
    "address" VARCHAR(64) NOT NULL,
    "user_agent" VARCHAR(255) NOT NULL,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);

CREATE INDEX "idx_sessions_user_id" ON "sessions" ("user_id");

CREATE TABLE "setup_links" (
    "token_digest" VARCHAR(64) NOT NULL PRIMARY KEY,
    "expires_at" REAL NOT NULL,
    "used_at" REAL
);

CREATE TABLE "sign_in_limits" (
    "key" VARCHAR(160) NOT NULL PRIMARY KEY,
    "failures" INT NOT NULL,
    "free_at" REAL NOT NULL,
    "changed_at" REAL NOT NULL
);

CREATE INDEX "idx_sign_in_limits_changed_at" ON "sign_in_limits" ("changed_at");
