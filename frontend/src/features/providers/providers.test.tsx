import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { ProviderDialog } from "@/features/providers/provider-dialog";
import type { Provider } from "@/features/providers/provider-documents";
import { ProvidersView } from "@/features/providers/providers-view";
import { Around } from "@/testing/fake-live";
import { type Answer, fakeServer, refused, wrongFields } from "@/testing/fake-server";

const keycloak: Provider = {
  id: "p1",
  name: "Keycloak",
  issuer: "https://id.example.com/realms/staff",
  redirect_uri: "https://vpn.example.com/api/v1/oidc/3f1c",
  client_id: "sentra",
  has_secret: true,
  scopes: "openid profile email",
  claim: "groups",
  grants: [
    { value: "wg-ops", role: "operator", scope: "*" },
    { value: "*", role: "viewer", scope: "interface:i1" },
  ],
  email_domains: ["example.com"],
  admits_new: true,
  admits_admins: false,
  enabled: false,
  people: 1,
  version: 4,
};
const places = [{ scope: "interface:i1", name: "wg0" }];

function showList(answers: Record<string, Answer>, mayChange = true) {
  const asked = fakeServer(answers);
  render(
    <Around>
      <ProvidersView
        places={places}
        mayChange={mayChange}
        add={<button type="button">Add provider</button>}
      />
    </Around>,
  );
  return asked;
}

function showDialog(answers: Record<string, Answer>, provider?: Provider) {
  const asked = fakeServer(answers);
  const onClose = vi.fn();
  render(
    <Around>
      <ProviderDialog {...(provider ? { provider } : {})} places={places} onClose={onClose} />
    </Around>,
  );
  return { asked, onClose };
}

test("tells who comes in by each provider, as what, and what is registered there", async () => {
  showList({ "GET /api/v1/providers": { items: [keycloak] } });
  const entry = within(await screen.findByRole("listitem"));
  expect(entry.getByText("off")).toBeTruthy();
  expect(entry.getByText("https://vpn.example.com/api/v1/oidc/3f1c")).toBeTruthy();
  expect(entry.getByText("Known and new people of example.com")).toBeTruthy();
  expect(entry.getByText("groups wg-ops → operator; everybody → viewer of wg0")).toBeTruthy();
  expect(entry.getByText("1 person")).toBeTruthy();
});

test("where there is none, says what one is for, and how to begin", async () => {
  showList({ "GET /api/v1/providers": { items: [] } });
  expect(await screen.findByRole("button", { name: "Add provider" })).toBeTruthy();
  expect(screen.getByText(/OpenID Connect/)).toBeTruthy();
});

test("whoever may only read changes nothing", async () => {
  showList({ "GET /api/v1/providers": { items: [keycloak] } }, false);
  await screen.findByText("Keycloak");
  expect(screen.queryByRole("button")).toBeNull();
});

test("an issuer is tried before anything is kept, and the redirect URI is said", async () => {
  const { asked } = showDialog({
    "POST /api/v1/providers/check": {
      redirect_uri: "https://vpn.example.com/api/v1/oidc/3f1c",
      authorization_endpoint: "x",
      token_endpoint: "y",
      says_issuer: true,
    },
  });
  await userEvent.type(screen.getByLabelText("Issuer"), " https://id.example.com");
  await userEvent.click(screen.getByRole("button", { name: "Try" }));
  expect(await screen.findByText("https://vpn.example.com/api/v1/oidc/3f1c")).toBeTruthy();
  expect(asked.map(({ path, body }) => [path, body])).toEqual([
    ["/api/v1/providers/check", { issuer: "https://id.example.com" }],
  ]);
});

test("an issuer that does not answer is told at its field", async () => {
  showDialog({ "POST /api/v1/providers/check": wrongFields({ field: "issuer", message: "It is away." }) });
  await userEvent.type(screen.getByLabelText("Issuer"), "https://id.example.com");
  await userEvent.click(screen.getByRole("button", { name: "Try" }));
  expect(await screen.findByText("It is away.")).toBeTruthy();
  expect(screen.getByLabelText("Issuer").getAttribute("aria-invalid")).toBe("true");
});

test("a provider is added with what was filled in, switched off unless that is chosen", async () => {
  const { asked, onClose } = showDialog({ "POST /api/v1/providers": [201, keycloak] });
  await userEvent.type(screen.getByLabelText("Name"), "Keycloak");
  await userEvent.type(screen.getByLabelText("Issuer"), "https://id.example.com");
  await userEvent.type(screen.getByLabelText("Client ID"), "sentra");
  await userEvent.type(screen.getByLabelText("Client secret"), "hush");
  await userEvent.click(screen.getByRole("checkbox", { name: /Admit new people/ }));
  await userEvent.type(screen.getByLabelText("E-mail domains"), "example.com, example.org");
  await userEvent.type(screen.getByLabelText("Claim"), "groups");
  for (const value of ["gone", "wg-ops"]) {
    await userEvent.click(screen.getByRole("button", { name: "Add role" }));
    await userEvent.type(screen.getAllByLabelText("Value").at(-1) as HTMLElement, value);
  }
  await userEvent.click(screen.getByRole("button", { name: "Remove role 1" }));
  await userEvent.selectOptions(screen.getByLabelText("Role"), "operator");
  await userEvent.selectOptions(screen.getByLabelText("Where"), "interface:i1");
  await userEvent.click(screen.getByRole("button", { name: "Add provider" }));
  await vi.waitFor(() => expect(onClose).toHaveBeenCalled());
  expect(asked[0]?.body).toEqual({
    name: "Keycloak",
    issuer: "https://id.example.com",
    client_id: "sentra",
    client_secret: "hush",
    scopes: "openid profile email",
    claim: "groups",
    grants: [{ value: "wg-ops", role: "operator", scope: "interface:i1" }],
    email_domains: ["example.com", "example.org"],
    admits_new: true,
    admits_admins: false,
    enabled: false,
  });
});

test("a change keeps the secret, names the version, and says so where somebody was faster", async () => {
  const { asked, onClose } = showDialog(
    { "PATCH /api/v1/providers/p1": refused(412, "Somebody else changed this provider meanwhile.") },
    keycloak,
  );
  expect(screen.queryByLabelText("Issuer")).toBeNull();
  await userEvent.click(screen.getByRole("checkbox", { name: /Switched on/ }));
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  expect((await screen.findByRole("alert")).textContent).toContain("Somebody else changed");
  expect(onClose).not.toHaveBeenCalled();
  expect(asked[0]?.headers.get("If-Match")).toBe('"4"');
  expect(asked[0]?.body).toMatchObject({ enabled: true, grants: keycloak.grants });
  expect(asked[0]?.body).not.toHaveProperty("client_secret");
  expect(asked[0]?.body).not.toHaveProperty("issuer");
});

test("what is wrong is told at its row", async () => {
  showDialog(
    {
      "PATCH /api/v1/providers/p1": wrongFields({
        field: "grants.1.scope",
        message: "There is no such thing.",
      }),
    },
    keycloak,
  );
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText("There is no such thing.")).toBeTruthy();
  expect(screen.getAllByLabelText("Where")[1]?.getAttribute("aria-invalid")).toBe("true");
});

test("a provider is removed after what happens was said", async () => {
  const asked = showList({
    "GET /api/v1/providers": { items: [keycloak] },
    "DELETE /api/v1/providers/p1": [204, null],
  });
  await userEvent.click(await screen.findByRole("button", { name: "Remove Keycloak" }));
  expect(screen.getByText(/signed out now/)).toBeTruthy();
  expect(asked.map(({ method }) => method)).toEqual(["GET"]);
  await userEvent.click(screen.getByRole("button", { name: "Remove provider" }));
  await vi.waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(asked.map(({ method }) => method)).toEqual(["GET", "DELETE", "GET"]);
});
