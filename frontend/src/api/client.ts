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
    if (error.code === "unauthenticated" && new URL(request.url).pathname !== SESSION_PATH)
      listeners.wake(ENDED);
    throw error;
  },
  onError() {
    return new ApiError({ status: 0, title: "Sentra cannot be reached. Is this machine online?" });
  },
});

/** What is refused for want of a fresh proof is asked for one, and then sent again as it was. */
async function send(request: Request): Promise<Response> {
  const again = request.clone();
  const response = await globalThis.fetch(request);
  if (response.status !== 403) return response;
  const { code } = await ApiError.from(response.clone());
  return code === "step-up-required" && (await proveAgain()) ? globalThis.fetch(again) : response;
}
