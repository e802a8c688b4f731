import { setNonce } from "get-nonce";

/** The nonce that the Content-Security-Policy of this answer allows styles by; Caddy filled it in. */
const nonce = document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]")?.nonce ?? "";
if (nonce) setNonce(nonce);

export const styleNonce = (): string => nonce;
