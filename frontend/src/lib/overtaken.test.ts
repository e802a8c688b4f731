import { expect, test } from "vitest";
import { editedTexts, overtakenFields } from "@/lib/overtaken";

const opened = { name: "laptop", tags: "office", notes: "", mtu: "" };

test("what was edited is what differs from what was opened", () => {
  expect(editedTexts(opened, { ...opened, tags: "", mtu: "1380" })).toEqual({ tags: "", mtu: "1380" });
});

test("what somebody else changed is told beside what was typed in its place", () => {
  const newest = { ...opened, tags: "home", notes: "of Ada" };
  expect(overtakenFields(opened, newest, { tags: "lab", mtu: "1380" })).toEqual([
    { field: "tags", theirs: "home", mine: "lab" },
    { field: "notes", theirs: "of Ada", mine: null },
  ]);
});

test("two who typed the same do not differ", () => {
  expect(overtakenFields(opened, { ...opened, tags: "home" }, { tags: "home" })).toEqual([
    { field: "tags", theirs: "home", mine: null },
  ]);
});
