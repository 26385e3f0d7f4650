const dayMs = 86_400_000

/** "3 Mar 2027", of an ISO time, where the reader is. */
export function dayOf(time: string): string {
  return new Date(time).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
}

/** Midnight in UTC, in which the gateway writes times. */
export function startOfDay(day: string): string | undefined {
  return day === '' ? undefined : `${day}T00:00:00Z`
}

/** The midnight after, so that the day itself is shown. */
export function endOfDay(day: string): string | undefined {
  return day === '' ? undefined : new Date(Date.parse(`${day}T00:00:00Z`) + dayMs).toISOString()
}

/** The last day that is shown before this time. */
export function lastDayBefore(end: string | undefined): string {
  const at = Date.parse(end ?? '')
  return Number.isNaN(at) ? '' : new Date(at - 1).toISOString().slice(0, 10)
}
