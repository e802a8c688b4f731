-- Who made a link into somebody's account: it ends with their right to make one. Of root of the machine it is no id.
ALTER TABLE "one_time_links" ADD COLUMN "made_by" VARCHAR(255);
