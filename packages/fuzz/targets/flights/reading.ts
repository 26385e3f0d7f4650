import { recordTypes } from './flight-case.ts'
import { type Message, messageTypes, splitMessages, takeVector } from './messages.ts'
import type { SentRecord } from './sent-flight.ts'

/** What there is in the bytes of a target that may have been handed on. */
export interface FlightReading {
  /** Up to the end of the flight, those that are whole. */
  readonly messages: readonly Message[]
  readonly isTls13: boolean
  /** Where OpenSSL gets the keys of TLS 1.3; undefined: never. */
  readonly keysAt: number | undefined
}

/** RFC 8446 sections 5.1 and 5.2. */
const maxContent = 2 ** 14
const retryRandom = Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex')

/**
 * Reads the records in the first bytes, generously: it joins all that belongs to the handshake, encrypted or not, also
 * where TLS forbids it. It ends where OpenSSL reads no further, and where nothing needs to be looked at any more.
 */
export function readFlight(records: readonly SentRecord[], bytes: number): FlightReading {
  const messages: Message[] = []
  let stream = Buffer.alloc(0)
  let isTls13: boolean | undefined
  let keysAt: number | undefined
  for (const { type, content, end } of records) {
    if (end > bytes || content === undefined || content.length > maxContent) break
    if (type === recordTypes.changeCipherSpec && isTls13 === false && stream.length === 0) break
    if (type !== recordTypes.handshake) continue
    const split = splitMessages(Buffer.concat([stream, content]))
    stream = Buffer.from(split.rest)
    messages.push(...split.messages)
    for (const message of split.messages) {
      const version = isTls13 === undefined ? versionOf(message) : undefined
      if (version !== undefined) isTls13 = version === 0x0304
      if (version === 0x0304) keysAt = end
    }
    if (isTls13 && split.messages.some((message) => message.type === messageTypes.finished)) break
  }
  return { messages, isTls13: isTls13 ?? false, keysAt }
}

/**
 * That which a ServerHello chooses (RFC 8446 sections 4.1.3 and 4.2.1).
 * @returns undefined: it is none, or asks for another hello
 */
function versionOf({ type, body }: Message): number | undefined {
  const random = body.subarray(2, 34)
  if (type !== messageTypes.serverHello || body.length < 38 || random.equals(retryRandom)) return undefined
  let [extensions] = takeVector(takeVector(body.subarray(34), 1)[1].subarray(3), 2)
  let version = 0x0303
  while (extensions.length >= 4) {
    const [content, rest] = takeVector(extensions.subarray(2), 2)
    if (extensions.readUInt16BE(0) === 43 && content.length === 2) version = content.readUInt16BE(0)
    extensions = rest
  }
  return version
}
