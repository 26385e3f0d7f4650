/** So long before, a certificate is said to expire soon; in milliseconds. The webhook warns first by then, too. */
export const soonMs = 60 * 86_400_000
/** And so long before, it is as bad as expired: who renews it has holidays. */
const urgentMs = 14 * 86_400_000

export type Expiry = 'expired' | 'urgent' | 'soon' | 'later'

/** Both in milliseconds since 1970. */
export function expiryOf(at: number, now: number): Expiry {
  if (at <= now) return 'expired'
  if (at - now < urgentMs) return 'urgent'
  return at - now < soonMs ? 'soon' : 'later'
}
