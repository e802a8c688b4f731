import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { ProfileForm } from "@/features/profile/profile-form";
import { Around } from "@/testing/fake-live";
import { type Answer, fakeServer, wrongFields } from "@/testing/fake-server";

const user = { name: "Ada", email: "ada@example.net" };

function show(answer: Answer) {
  const asked = fakeServer({ "PATCH /api/v1/profile": answer });
  const onChanged = vi.fn();
  render(
    <Around>
      <ProfileForm user={user} onChanged={onChanged} />
    </Around>,
  );
  return { asked, onChanged };
}

async function fill(label: string, text: string) {
  await userEvent.clear(screen.getByLabelText(label));
  await userEvent.type(screen.getByLabelText(label), text);
}

test("sends what changed and nothing else", async () => {
  const { asked, onChanged } = show({ id: "u1", email: user.email, name: "Ada L." });
  await userEvent.click(screen.getByRole("button", { name: "Save profile" }));
  expect(asked).toEqual([]);
  await fill("Name", "Ada L.");
  await userEvent.click(screen.getByRole("button", { name: "Save profile" }));
  expect((await screen.findByRole("status")).textContent).toBe("Saved.");
  expect(asked.map(({ body }) => body)).toEqual([{ name: "Ada L." }]);
  expect(onChanged.mock.calls[0]?.[0]).toEqual({ id: "u1", email: user.email, name: "Ada L." });
});

test("says at its field what is wrong", async () => {
  const { onChanged } = show(wrongFields({ field: "email", message: "Somebody has this address already." }));
  await fill("E-mail", "bob@example.net");
  await userEvent.click(screen.getByRole("button", { name: "Save profile" }));
  expect(await screen.findByText("Somebody has this address already.")).toBeTruthy();
  expect(onChanged).not.toHaveBeenCalled();
});
