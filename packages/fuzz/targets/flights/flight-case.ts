/** A TLS record before it is encrypted. */
export interface CaseRecord {
  readonly type: number
  /** For application data, encrypted when sent: content, content type and padding (RFC 8446 section 5.2). */
  readonly content: Buffer
}

/**
 * What a target sends. The input is its records, each with a header, and the first byte says what becomes of them:
 * 1, 2 or 3: those of application data are encrypted by that cipher suite of TLS 1.3; N: by the first one, but the
 * gateway never gets the keys; anything else: they are sent as they are.
 */
export interface FlightCase {
  readonly kind: string
  readonly records: readonly CaseRecord[]
  /** Where no record begins, or none ends. */
  readonly tail: Buffer
}

export const recordTypes = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const
const headerBytes = 5

export function flightCase(input: Buffer): FlightCase {
  const records: CaseRecord[] = []
  let at = 1
  while (at + headerBytes <= input.length) {
    const [type = 0, major] = input.subarray(at, at + 2)
    const end = at + headerBytes + input.readUInt16BE(at + 3)
    if (type < recordTypes.changeCipherSpec || type > recordTypes.applicationData || major !== 3) break
    if (end > input.length) break
    records.push({ type, content: input.subarray(at + headerBytes, end) })
    at = end
  }
  return { kind: input.toString('latin1', 0, 1), records, tail: input.subarray(at) }
}

/** The input that is read as this. */
export function flightInput({ kind, records, tail }: FlightCase): Buffer {
  return Buffer.concat([Buffer.from(kind, 'latin1'), ...records.map(recordBytes), tail])
}

export function recordBytes({ type, content }: CaseRecord): Buffer {
  return Buffer.concat([Buffer.of(type, 3, 3, content.length >> 8, content.length & 0xff), content])
}
