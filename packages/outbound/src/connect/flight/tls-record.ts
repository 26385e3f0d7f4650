/** Types of records (RFC 8446 section 5.1). */
export const recordTypes = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const

export const recordHeaderBytes = 5
/** RFC 8446 sections 5.1 and 5.2. */
const maxPlainBytes = 2 ** 14
const maxEncryptedBytes = 2 ** 14 + 256

interface RecordHeader {
  readonly type: number
  /** The length of the whole record. */
  readonly bytes: number
}

/**
 * The header of a record before encryption begins, or of TLS 1.3.
 * @param start the first bytes of a record, five if they have come
 * @returns undefined: not enough has come to tell; 'none': no record of TLS begins like this
 */
export function readRecordHeader(start: Buffer): RecordHeader | 'none' | undefined {
  const [type, major] = start
  if (type === undefined) return undefined
  if (type < recordTypes.changeCipherSpec || type > recordTypes.applicationData) return 'none'
  if (major !== undefined && major !== 3) return 'none'
  if (start.length < recordHeaderBytes) return undefined
  const length = start.readUInt16BE(3)
  if (length > (type === recordTypes.applicationData ? maxEncryptedBytes : maxPlainBytes)) return 'none'
  return { type, bytes: recordHeaderBytes + length }
}
