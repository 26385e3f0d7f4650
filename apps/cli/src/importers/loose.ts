/** Reads what others write, who may write anything. */

export type Fields = Readonly<Record<string, unknown>>

/** Empty for what is none. */
export function asRecord(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {}
}

/** Empty for what is none. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** Empty for what is none. */
export function asText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
