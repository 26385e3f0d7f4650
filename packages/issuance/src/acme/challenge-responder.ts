/** What a CA asks for to see that names are the gateway's: `http://{name}/.well-known/acme-challenge/{token}`. */
export interface Http01Answer {
  /** Letters, digits, `-` and `_`. */
  readonly token: string
  /** The whole body of the answer. It is no secret. */
  readonly keyAuthorization: string
}

/**
 * Serves the answers to http-01 challenges (RFC 8555 section 8.3). What is presented has to be served by every instance
 * that the names lead to before `present` resolves. An answer may be dropped an hour later: as long as it
 * is needed, it is presented again.
 */
export interface ChallengeResponder {
  present(answer: Http01Answer, signal: AbortSignal): Promise<void>
  /** The order is over. */
  withdraw(token: string): Promise<void>
}
