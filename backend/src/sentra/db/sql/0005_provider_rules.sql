-- Whose addresses a provider vouches for, and whether it signs in owners and admins.
ALTER TABLE "identity_providers" ADD COLUMN "email_domains" JSON NOT NULL DEFAULT '[]';
ALTER TABLE "identity_providers" ADD COLUMN "admits_admins" INT NOT NULL DEFAULT 0;

-- What the claim gave somebody when they last signed in, as a list of {role, scope}.
ALTER TABLE "identities" ADD COLUMN "granted" JSON NOT NULL DEFAULT '[]';

-- A user is one person at a provider: an address that was given to somebody else there opens nobody's account.
CREATE UNIQUE INDEX "uid_identities_provider_id_user_id" ON "identities" ("provider_id", "user_id");
