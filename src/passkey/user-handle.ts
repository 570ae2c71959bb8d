import { hexToBytes } from "@noble/hashes/utils.js";
import { base64url } from "jose";
import type { UserId } from "../ids.ts";

/** The user handle (WebAuthn Level 3 §4): the bytes of the user's id, which say nothing about the person. */
export function userHandle(userId: UserId): string {
  return base64url.encode(hexToBytes(userId.replaceAll("-", "")));
}
