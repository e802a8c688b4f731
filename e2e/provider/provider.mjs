// A certified OpenID Connect provider (oidc-provider) over HTTPS, as the file that is named says. Prints "ready".
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { exportJWK, generateKeyPair } from "jose";
import { Provider } from "oidc-provider";

const { issuer, port, certificate, key, client, people } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const signing = await generateKeyPair("RS256", { extractable: true });

const provider = new Provider(issuer, {
  clients: [{ ...client, grant_types: ["authorization_code"], response_types: ["code"] }],
  claims: { email: ["email", "email_verified"], profile: ["name", "groups"] },
  cookies: { keys: ["a key of a test"] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
  jwks: { keys: [{ ...(await exportJWK(signing.privateKey)), alg: "RS256", use: "sig", kid: "one" }] },
  pkce: { required: () => true },
  ttl: { Session: 600, Grant: 600, Interaction: 600, AccessToken: 600, IdToken: 600, AuthorizationCode: 60 },
});
provider.on("server_error", (_, error) => console.error(error));

const tls = { cert: readFileSync(certificate), key: readFileSync(key) };
createServer(tls, provider.callback()).listen(port, "::", () => console.log("ready"));
