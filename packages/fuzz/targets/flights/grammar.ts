import { message, vector } from '../../../outbound/test/connect/flight/made-flight.ts'
import { pick, type Random } from '../../engine/random.ts'
import { type CaseRecord, flightInput, recordTypes } from './flight-case.ts'
import { generateChain, generateNames } from './made-certificates.ts'
import { messageTypes } from './messages.ts'
import { inRecords, sealedType } from './split-records.ts'

/** Beginnings of records, of messages and of what is in them; identifiers of keys. */
export const words: readonly string[] = [
  ...[
    '\x16\x03\x03\0\x04',
    '\x16\x03\x01\0\0',
    '\x17\x03\x03\0\x05',
    '\x14\x03\x03\0\x01\x01',
    '\x15\x03\x03\0\x02\x02\x28',
  ],
  ...['\x02\0\0\x26\x03\x03', '\x0b\0\0\x03\0\0\0', '\x0b\0\0\x04\0\0\0\0', '\x0d\0\0\x06\0\0\0\0\0\0', '\x0e\0\0\0'],
  ...['\x14\0\0\x0c', '\x04\0\0\x06', '\x19\0\0\x08', '\x18\0\0\x01\0', '\0\x2b\0\x02\x03\x04', '\0\x2f\0\x02\0\0'],
  ...[
    '\x06\x07\x2a\x86\x48\xce\x3d\x02\x01',
    '\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01',
    '\x2a\x86\x48\xce\x38\x04\x01',
  ],
  ...['\x30\x82', '\x30\x80', '\x30\x81\x80', '\x02\x82\x04\x01', '\xa0\x03\x02\x01\x02', '\xa3', '\x03', '\0\0\0'],
  ...['\x16', '\x13\x01', '\x13\x02', '\x13\x03', '\0\xff', '\xff\xff\xff', 'HTTP/1.1 400 x\r\n', 'SSH-2.0-x\r\n'],
]

const retryRandom = Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex')
const invented = (type: number, bytes: number) => message(type, Buffer.alloc(bytes, 0x3c))

/** @param suite the last digit of a cipher suite's number */
export function helloOf(suite: number, isTls13: boolean, isRetry = false): Buffer {
  const extensions = isTls13 ? [Buffer.of(0, 43, 0, 2, 3, 4)] : []
  const body = [Buffer.of(3, 3), isRetry ? retryRandom : Buffer.alloc(32, 1), vector(1), Buffer.of(0x13, suite, 0)]
  return message(messageTypes.serverHello, Buffer.concat([...body, vector(2, ...extensions)]))
}

export function certificateOf(chain: readonly Buffer[], isTls13: boolean): Buffer {
  const list = vector(3, ...chain.map((der) => Buffer.concat([vector(3, der), isTls13 ? vector(2) : Buffer.alloc(0)])))
  return message(messageTypes.certificate, isTls13 ? Buffer.concat([vector(1), list]) : list)
}

export function requestOf(names: readonly Buffer[], isTls13: boolean): Buffer {
  const list = vector(2, ...names.map((name) => vector(2, name)))
  const body = isTls13
    ? [vector(1), vector(2, Buffer.of(0, 13, 0, 4, 0, 2, 4, 3, 0, 47), vector(2, list))]
    : [vector(1, Buffer.of(1, 64)), vector(2, Buffer.of(4, 3)), list]
  return message(messageTypes.certificateRequest, Buffer.concat(body))
}

export interface MadeFlight {
  readonly suite: number
  readonly isTls13: boolean
  readonly chain: readonly Buffer[]
  /** Undefined: no certificate is asked for. */
  readonly names?: readonly Buffer[]
}

/** The messages of an honest target before its records are encrypted otherwise, and those after that. */
export function messagesOf({ suite, isTls13, chain, names }: MadeFlight): readonly [Buffer[], Buffer[]] {
  const hello = helloOf(suite, isTls13)
  const certificate = certificateOf(chain, isTls13)
  const request = names === undefined ? [] : [requestOf(names, isTls13)]
  const { encryptedExtensions, certificateVerify, serverKeyExchange, serverHelloDone, finished } = messageTypes
  if (isTls13) {
    const last = [certificate, invented(certificateVerify, 70), invented(finished, 32)]
    return [[hello], [message(encryptedExtensions, vector(2)), ...request, ...last]]
  }
  const middle = [invented(serverKeyExchange, 90), ...request, message(serverHelloDone)]
  return [[hello, certificate, ...middle, invented(messageTypes.newSessionTicket, 80)], [invented(finished, 36)]]
}

/** Well-formed for the most part: a message may be missing, repeated or elsewhere, and records end anywhere. */
export function generateFlight(random: Random): Buffer {
  const isTls13 = random(2) === 0
  const suite = 1 + random(3)
  const names = random(3) === 0 ? generateNames(random) : undefined
  const made = { suite, isTls13, chain: generateChain(random), ...(names === undefined ? {} : { names }) }
  const [first, second] = messagesOf(made)
  if (random(8) === 0) first.unshift(helloOf(suite, true, true))
  if (random(4) === 0) misplace(pick(random, [first, second]), random)
  const ccs: CaseRecord = { type: recordTypes.changeCipherSpec, content: Buffer.of(1) }
  const bytes = Buffer.concat([...first, ...second]).length
  // Not many more records than a flight may have.
  const size = Math.max(Math.ceil(bytes / 1_020), pick(random, random(4) === 0 ? [1, 100, 16_385] : [1_400, 16_384]))
  const records = [
    ...inRecords(Buffer.concat(first), recordTypes.handshake, size),
    ...(random(8) === 0 ? [] : [ccs]),
    ...inRecords(Buffer.concat(second), isTls13 ? sealedType : recordTypes.handshake, size),
  ]
  if (random(8) === 0)
    records.splice(random(records.length), 0, pick(random, [ccs, { type: 21, content: Buffer.of(1, 0) }]))
  const kind = random(16) === 0 ? pick(random, ['N', 'R', '1', '2', '3']) : String(suite)
  return flightInput({ kind, records, tail: Buffer.from(pick(random, ['', '', '', ...words]), 'latin1') })
}

function misplace(messages: Buffer[], random: Random): void {
  const at = random(messages.length)
  const [one = Buffer.alloc(0)] = messages.splice(at, 1)
  messages.splice(random(messages.length + 1), 0, ...Array<Buffer>(pick(random, [0, 1, 2, 40])).fill(one))
}
