// @vitest-environment jsdom
import { expect, test } from "vitest";
import { isolate } from "@/ui/isolate";

test("what covers the page is the only thing in reach, until it is gone", () => {
  document.body.innerHTML = `<nav></nav><main><p></p><div id="panel"><a></a></div><p inert id="was"></p></main>`;
  const panel = document.getElementById("panel")!;
  const undo = isolate(panel);
  expect([...document.querySelectorAll("[inert]")].map((each) => each.tagName)).toEqual(["NAV", "P", "P"]);
  expect(panel.closest("[inert]")).toBeNull();
  undo();
  expect([...document.querySelectorAll("[inert]")].map((each) => each.id)).toEqual(["was"]);
});
