-- Which interfaces were deleted. An agent takes down only these: one that is not here belongs to a newer or another
-- database, as after a backup was put back.
CREATE TABLE "deleted_interfaces" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "node" VARCHAR(63) NOT NULL,
    "name" VARCHAR(15) NOT NULL,
    "drift_mode" VARCHAR(10) NOT NULL,
    "deleted_at" REAL NOT NULL
);

-- Whoever deletes an interface leaves a tombstone, whatever the services above do.
CREATE TRIGGER "interfaces_leave_a_tombstone" AFTER DELETE ON "interfaces"
BEGIN
    INSERT OR REPLACE INTO "deleted_interfaces"
    VALUES (OLD."id", OLD."node", OLD."name", OLD."drift_mode", strftime('%s', 'now'));
END;

-- Those that were deleted before there were tombstones.
INSERT INTO "deleted_interfaces"
SELECT
    "interface_id",
    json_extract("before", '$.interface.node'),
    json_extract("before", '$.interface.name'),
    json_extract("before", '$.interface.drift_mode'),
    max("made_at")
FROM "revisions"
WHERE json_extract("before", '$.interface.node') IS NOT NULL
    AND json_extract("after", '$.interface') IS NULL
    AND "interface_id" NOT IN (SELECT "id" FROM "interfaces")
GROUP BY "interface_id";
