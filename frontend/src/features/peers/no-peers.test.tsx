import { render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { NoPeers } from "@/features/peers/no-peers";

test("offers to add the first peer, to whoever may", () => {
  render(<NoPeers name="wg0" managed onAdd={vi.fn()} />);
  expect(screen.getByRole("button", { name: "Add the first peer" })).toBeTruthy();
});

test("whoever may add none is sent to no command that Sentra would undo", () => {
  render(<NoPeers name="wg0" managed onAdd={null} />);
  expect(screen.getByText(/Your role adds none here/)).toBeTruthy();
  expect(screen.queryByText(/wg set/)).toBeNull();
});

test("peers of an interface that is only watched are added on the machine", () => {
  render(<NoPeers name="wg0" managed={false} onAdd={null} />);
  expect(screen.getByText(/wg set wg0 peer/)).toBeTruthy();
});
