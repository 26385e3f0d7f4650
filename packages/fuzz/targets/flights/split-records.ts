import { type CaseRecord, recordTypes } from './flight-case.ts'

/** In an encrypted record the content is followed by its type, here that of a handshake record. */
export const sealedType: number = recordTypes.applicationData

/** Messages in records of so many bytes each. */
export function inRecords(stream: Buffer, type: number, size: number): readonly CaseRecord[] {
  const records: CaseRecord[] = []
  for (let at = 0; at < stream.length; at += size) {
    const content = stream.subarray(at, at + size)
    const inner = type === sealedType ? Buffer.concat([content, Buffer.of(recordTypes.handshake)]) : content
    records.push({ type, content: inner })
  }
  return records
}

/** Neighbouring records of the handshake, put together; what is no part of it is a run of its own. */
export interface Run {
  readonly type: number
  /** The messages in the handshake records. */
  readonly stream: Buffer
  readonly isHandshake: boolean
}

export function runsOf(records: readonly CaseRecord[]): readonly Run[] {
  const runs: Run[] = []
  for (const { type, content } of records) {
    const isSealed = type === sealedType && content.at(-1) === recordTypes.handshake
    const isHandshake = isSealed || type === recordTypes.handshake
    const stream = isSealed ? content.subarray(0, -1) : content
    const last = runs.at(-1)
    if (last?.isHandshake && isHandshake && last.type === type)
      runs.splice(-1, 1, { ...last, stream: Buffer.concat([last.stream, stream]) })
    else runs.push({ type, stream, isHandshake })
  }
  return runs
}
