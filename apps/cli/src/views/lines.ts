/** Names and values under each other; what is undefined is left out. */
export function facts(rows: readonly (readonly [name: string, value: string | undefined])[]): string {
  const shown = rows.filter((row): row is readonly [string, string] => row[1] !== undefined)
  const width = Math.max(...shown.map(([name]) => name.length))
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${value}`.trimEnd()).join('\n')
}

/** A time of the API as sentences have it: `2026-11-24 17:34 UTC`. */
export function readableTime(time: string): string {
  return `${time.slice(0, 16).replace('T', ' ')} UTC`
}

/** The day of an ISO 8601 time. */
export function day(time: string): string {
  return time.slice(0, 10)
}
