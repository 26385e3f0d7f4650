import { TargetFlight } from '../../../outbound/src/connect/flight/target-flight.ts'
import { isTransportError } from '../../../outbound/src/failures/transport-error.ts'

export interface Outcome {
  readonly handedOn: Buffer
  /** What had come and was kept back; of no meaning after a refusal. */
  readonly rest: Buffer
  readonly hasKeys: boolean
  /** The sentence of the error that ended it. */
  readonly refusal: string | undefined
}

/**
 * What becomes of these pieces between a target and OpenSSL.
 * @param keys what OpenSSL gives out after so many bytes
 * @throws whatever is thrown that is not a refusal
 */
export function handOn(
  pieces: readonly Buffer[],
  keys: { readonly lines: readonly Buffer[]; readonly at: number | undefined },
): Outcome {
  const flight = new TargetFlight()
  const handedOn: Buffer[] = []
  let bytes = 0
  let hasKeys = false
  const outcome = (rest: Buffer, refusal?: string) => ({ handedOn: Buffer.concat(handedOn), rest, hasKeys, refusal })
  try {
    for (const piece of pieces) {
      flight.add(piece)
      for (let next = flight.next(); next !== undefined; next = flight.next()) {
        handedOn.push(next)
        bytes += next.length
        if (hasKeys || keys.at === undefined || bytes < keys.at) continue
        hasKeys = keys.lines.length > 0
        for (const line of keys.lines) flight.onKeys(line)
      }
    }
    return outcome(flight.rest())
  } catch (error) {
    if (!isTransportError(error) || error.code !== 'TARGET_HANDSHAKE_REFUSED') throw error
    return outcome(Buffer.alloc(0), error.message)
  }
}
