/** The closed list of refusals of `/api/v1`, in the order of their status (RFC 9457). */
export const problems = {
  malformed_json: [400, "The body is not JSON in UTF-8 that we can read."],
  invalid_cursor: [400, "The cursor was not issued for this list."],
  missing_token: [401, "This route needs a bearer access token."],
  invalid_token: [401, "The access token is not valid, or its session has ended."],
  invalid_credentials: [401, "The address or the password is wrong."],
  invalid_proof: [401, "The one-time token or code is wrong, used or expired."],
  invalid_refresh_token: [401, "The refresh token cannot be used."],
  reauthentication_required: [401, "Authenticate again before this."],
  not_allowed: [403, "You may not do this."],
  mfa_required: [403, "The first factor was right. Show the second, with the token that came along."],
  account_suspended: [403, "The account is suspended."],
  email_not_verified: [403, "The address is not verified yet."],
  signup_closed: [403, "Sign-up is not open to this address."],
  not_found: [404, "There is nothing here, or nothing of yours."],
  method_not_allowed: [405, "This route does not answer that method."],
  email_taken: [409, "The address has an account already."],
  last_admin: [409, "Someone must remain who can administer the service."],
  conflict: [409, "It is taken or in use, or it changed meanwhile. Read it again, then decide."],
  body_too_large: [413, "The body is larger than this route takes."],
  unsupported_media_type: [415, "This route does not take that kind of body."],
  invalid_fields: [422, "Some fields cannot be accepted."],
  throttled: [429, "Too many attempts. Wait before the next."],
  internal: [500, "A defect on our side. Quote the request id when you report it."],
  unavailable: [503, "Something we depend on does not answer. Try again soon."],
  busy: [503, "More work than we can take on right now. Try again soon."],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof problems;

/** What can be wrong with a field of a 422, with the words people are shown. */
export const fieldFaults = {
  required: "is missing",
  invalid: "is not acceptable",
  too_short: "is too short",
  too_long: "is too long",
  unknown_field: "is not a field of this route",
  missing_class: "needs upper and lower case, a digit and another character, or 15 characters",
  common_password: "is among the passwords that are tried first",
  contains_identity: "must not contain the address, the name, or what this service is called",
  breached: "is known from a breach of another service",
  invalid_email: "is not an address we can send mail to",
} as const;

export type FieldCode = keyof typeof fieldFaults;

export type FieldError = { readonly pointer: string; readonly code: FieldCode; readonly detail: string };

export function fieldError(pointer: string, code: FieldCode): FieldError {
  return { pointer, code, detail: fieldFaults[code] };
}

/** How recent an authentication must be for what needs a fresh one. */
export const freshSeconds = 900;

export type ProblemExtras = {
  readonly retryAfterSeconds?: number;
  readonly errors?: readonly FieldError[];
  readonly allow?: readonly string[];
  /** By what the caller can go on: the second factor that is due, or authenticating again. */
  readonly methods?: readonly string[];
  /** What the authentication must amount to, for a step-up (RFC 9470 §3). */
  readonly acr?: string;
  /** Opens the second step of a sign-in, and nothing else. */
  readonly mfaToken?: string;
  readonly cause?: unknown;
};

/** An expected refusal. The public text is the table's; `cause` goes to the log alone. */
export class Problem extends Error {
  override name = "Problem";
  readonly code: ProblemCode;
  readonly extras: ProblemExtras;

  constructor(code: ProblemCode, extras: ProblemExtras = {}) {
    super(code, { cause: extras.cause });
    this.code = code;
    this.extras = extras;
  }
}

/** A 422 for one field, named by its JSON pointer (RFC 6901). */
export function invalidField(pointer: string, code: FieldCode): Problem {
  return new Problem("invalid_fields", { errors: [fieldError(pointer, code)] });
}

/** What was looked for. @throws Problem `not_found` when there is none. */
export function existing<T>(found: T | null | undefined): T {
  if (found === undefined || found === null) throw new Problem("not_found");
  return found;
}
