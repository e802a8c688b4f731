-- Whose e-mail address is what they themselves said, and nobody else's word: no identity provider finds them by it.
CREATE TABLE "self_given_addresses" (
    "user_id" VARCHAR(32) NOT NULL PRIMARY KEY REFERENCES "users" ("id") ON DELETE CASCADE
);
