import { KnownNames } from './known-names.ts'

/** Fields of W3C Trace Context. */
const ofTrace = new Set(['traceparent', 'tracestate'])
/** What callers tell whoever takes part in a trace (W3C Baggage). */
const baggage = 'baggage'

const traceNames = new KnownNames((key) => ({ isOfTrace: ofTrace.has(key), isBaggage: key === baggage }))

/**
 * The fields of a call with those by which its target goes on with the gateway's trace.
 * @param outgoing may become the list that is returned
 * @param own of the call's span; undefined if nothing is traced, and then those of the caller stay
 */
export function withTraceContext(outgoing: string[], own: readonly string[] | undefined): string[] {
  if (own === undefined) return outgoing
  const fields = without(outgoing, ({ isOfTrace }) => isOfTrace)
  fields.push(...own)
  return fields
}

/** The fields of a call without any that tell of a trace. */
export function withoutTraceContext(outgoing: string[]): string[] {
  return without(outgoing, ({ isOfTrace, isBaggage }) => isOfTrace || isBaggage)
}

function without(fields: string[], isLeftOut: (name: ReturnType<typeof traceNames.get>) => boolean): string[] {
  const isAt = (index: number) => isLeftOut(traceNames.get(fields[index - (index % 2)] ?? ''))
  for (let index = 0; index < fields.length; index += 2) {
    // Most calls have none, and their fields stay as they are.
    if (isAt(index)) return fields.filter((_, each) => !isAt(each))
  }
  return fields
}
