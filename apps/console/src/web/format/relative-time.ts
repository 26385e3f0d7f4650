const dayMs = 86_400_000

/** Each from how much on: "next month" or "in 1 year" would say too little of when a certificate expires. */
const units = [
  ['year', 365 * dayMs, 2 * 365 * dayMs],
  ['month', 30 * dayMs, 60 * dayMs],
  ['day', dayMs, dayMs],
  ['hour', 3_600_000, 3_600_000],
  ['minute', 60_000, 60_000],
] as const

/** What was to last 7 days has not only 6 left a moment later. In parts of a unit. */
const slack = 1 / 24

const words = new Intl.RelativeTimeFormat('en', { numeric: 'always' })

/** "in 12 days", "3 minutes ago", "just now". Both in milliseconds since 1970. */
export function relativeTime(at: number, now: number): string {
  // What has just been done seems to come, where two clocks differ, or where now is some seconds old.
  const isPast = at < now + 15_000
  const distance = at - now
  for (const [unit, ms, least] of units) {
    const left = distance > ms ? distance + slack * ms : distance
    if (Math.abs(left) >= least) return words.format(Math.trunc(left / ms), unit)
  }
  return isPast ? 'just now' : 'in less than a minute'
}
