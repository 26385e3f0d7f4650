/** Fields of W3C Trace Context. */
const ofTrace = new Set(['traceparent', 'tracestate'])
/** And what callers tell whoever takes part in a trace (W3C Baggage). In lower case. */
export const traceFields: ReadonlySet<string> = new Set([...ofTrace, 'baggage'])

interface Fields {
  /** `[name, value, ...]` */
  readonly outgoing: string[]
  /** Whether any of {@link traceFields} is among them: most calls have none. */
  readonly hasTraceFields: boolean
}

/**
 * The fields of a call with those by which its target goes on with the gateway's trace. `outgoing` may become the list
 * that is returned.
 * @param own of the call's span; undefined if it has none, and then those of the caller stay
 */
export function withTraceContext({ outgoing, hasTraceFields }: Fields, own: readonly string[] | undefined): string[] {
  if (own === undefined) return outgoing
  const fields = hasTraceFields ? without(outgoing, ofTrace) : outgoing
  fields.push(...own)
  return fields
}

/** The fields of a call without any that tell of a trace. */
export function withoutTraceContext({ outgoing, hasTraceFields }: Fields): string[] {
  return hasTraceFields ? without(outgoing, traceFields) : outgoing
}

function without(fields: readonly string[], names: ReadonlySet<string>): string[] {
  return fields.filter((_, index) => !names.has((fields[index - (index % 2)] ?? '').toLowerCase()))
}
