/** How far the timestamp of a signed request may be from the clock, in either direction, in seconds. */
export const timestampWindowSeconds = 300

/**
 * How long a nonce has to be remembered, in seconds: one whose timestamp is ahead by the whole window when it is
 * claimed stays acceptable for two of them. One second more, as timestamps have no fractions.
 */
export const nonceSeconds = 2 * timestampWindowSeconds + 1
