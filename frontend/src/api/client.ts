import createClient from "openapi-fetch";
import { ApiError } from "@/api/api-error";
import type { paths } from "@/api/schema";
import { proveAgain } from "@/api/step-up";
import { type Listener, Listeners, type Undo } from "@/lib/listeners";

const SESSION_PATH = "/api/v1/session";
const ENDED = "ended";
const listeners = new Listeners();

/** Hear of an answer that says that the session has ended. */
export const onSessionEnded = (listener: Listener): Undo => listeners.add(ENDED, listener);

/** The JSON API with the types of its OpenAPI document; whatever is not a success is thrown as ApiError. */
export const api = createClient<paths>({
  baseUrl: location.origin,
  credentials: "same-origin",
  fetch: send,
});

api.use({
  onRequest({ request }) {
    if (request.method === "GET") return undefined;
    request.headers.set("X-Sentra-CSRF", "1");
    request.headers.set("Content-Type", "application/json");
    return request;
  },
  async onResponse({ request, response }) {
    if (response.ok) return undefined;
    const error = await ApiError.from(response);
    if (error.code === "unauthenticated" && !isAboutSession(request)) listeners.wake(ENDED);
    throw error;
  },
  onError() {
    return new ApiError({ status: 0, title: "Sentra cannot be reached. Is this machine online?" });
  },
});

/**
 * What is refused for want of a fresh proof is asked for one, and then sent again as it was; and so is what was on its
 * way under a secret that has just been replaced, while the session goes on.
 */
async function send(request: Request): Promise<Response> {
  const again = request.clone();
  const response = await globalThis.fetch(request);
  if (response.status !== 403 && response.status !== 401) return response;
  const { code } = await ApiError.from(response.clone());
  const mended =
    code === "step-up-required"
      ? await proveAgain()
      : code === "unauthenticated" && !isAboutSession(request) && (await isSignedIn());
  return mended ? globalThis.fetch(again) : response;
}

const isAboutSession = ({ url }: Request): boolean => new URL(url).pathname === SESSION_PATH;

async function isSignedIn(): Promise<boolean> {
  const asking = new Request(new URL(SESSION_PATH, location.origin));
  return globalThis.fetch(asking).then(
    ({ ok }) => ok,
    () => false,
  );
}
