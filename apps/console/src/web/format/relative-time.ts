const units = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

/** "in 12 days", "3 minutes ago", "just now". Both in milliseconds since 1970. */
export function relativeTime(at: number, now: number): string {
  // What has just been done seems to come, where two clocks differ, or where now is some seconds old.
  const isPast = at < now + 15_000
  const distance = at - now
  for (const [unit, ms] of units) {
    if (Math.abs(distance) >= ms) return words.format(Math.trunc(distance / ms), unit)
  }
  return isPast ? 'just now' : 'in less than a minute'
}
