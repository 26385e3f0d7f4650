import { type FlightCase, recordBytes, recordTypes } from './flight-case.ts'
import { Sealing } from './sealing.ts'

/** A record as whoever has the keys reads it. */
export interface SentRecord {
  readonly type: number
  /** Undefined: nobody can decrypt it. */
  readonly content: Buffer | undefined
  readonly isEncrypted: boolean
  /** Where it ends among the bytes that are sent. */
  readonly end: number
}

export interface SentFlight {
  /** As they come from the network. */
  readonly bytes: Buffer
  readonly records: readonly SentRecord[]
  /** What OpenSSL gives out once it has read the ServerHello. */
  readonly keyLines: readonly Buffer[]
}

const maxLength = 0xffff - 16
/** No flight has as many; those that follow are sent as they are. */
const maxSealed = 1_100

/** What the target of a case sends. */
export function sentFlight({ kind, records, tail }: FlightCase): SentFlight {
  const sealing = new Sealing(kind)
  const hasKeys = ['1', '2', '3', 'N'].includes(kind)
  const sent: SentRecord[] = []
  const pieces: Buffer[] = []
  let end = 0
  for (const { type, content } of records) {
    const isEncrypted = type === recordTypes.applicationData
    const isSealed = hasKeys && sent.length < maxSealed
    const inner = content.subarray(0, maxLength)
    const piece = recordBytes({ type, content: isEncrypted && isSealed ? sealing.seal(inner) : content })
    pieces.push(piece)
    end += piece.length
    if (!isEncrypted) sent.push({ type, content, isEncrypted, end })
    else sent.push({ ...(isSealed ? opened(inner) : { type, content: undefined }), isEncrypted, end })
  }
  const keyLines = kind === 'N' ? [] : sealing.keyLines
  return { bytes: Buffer.concat([...pieces, tail]), records: sent, keyLines }
}

/** RFC 8446 section 5.4: the type is the last byte that is not zero. */
function opened(inner: Buffer): Pick<SentRecord, 'type' | 'content'> {
  const at = inner.findLastIndex((byte) => byte !== 0)
  return at < 0 ? { type: 0, content: undefined } : { type: inner.readUInt8(at), content: inner.subarray(0, at) }
}
