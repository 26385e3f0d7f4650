/** A time as sentences have it, to the minute: `2026-11-24 17:34 UTC`. Fields of answers keep RFC 3339. */
export function readableTime(time: string | Date): string {
  return `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
