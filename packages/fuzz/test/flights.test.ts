import { describe, expect, it } from '@jest/globals'
import { faultOf } from '../targets/flights/faults.ts'
import { flightCase, flightInput, recordTypes } from '../targets/flights/flight-case.ts'
import { type MadeFlight, messagesOf } from '../targets/flights/grammar.ts'
import type { Outcome } from '../targets/flights/handing-on.ts'
import { madeCertificates } from '../targets/flights/made-certificates.ts'
import { type SentFlight, sentFlight } from '../targets/flights/sent-flight.ts'
import { inRecords, sealedType } from '../targets/flights/split-records.ts'

const name = Buffer.of(0x30, 0)
const usual = madeCertificates.slice(0, 2)

function sent(made: Partial<MadeFlight> & Pick<MadeFlight, 'isTls13'>): SentFlight {
  const [first, second] = messagesOf({ suite: 1, chain: usual, ...made })
  const records = [
    ...inRecords(Buffer.concat(first), recordTypes.handshake, 1_000),
    { type: recordTypes.changeCipherSpec, content: Buffer.of(1) },
    ...inRecords(Buffer.concat(second), made.isTls13 ? sealedType : recordTypes.handshake, 1_000),
  ]
  return sentFlight(flightCase(flightInput({ kind: '1', records, tail: Buffer.alloc(0) })))
}

/** As if nobody had looked at it. */
const unseen = ({ bytes }: SentFlight, of: Partial<Outcome> = {}): Outcome => ({
  ...{ handedOn: bytes, rest: Buffer.alloc(0), hasKeys: true, refusal: undefined },
  ...of,
})

describe.each([
  ['1.2', false],
  ['1.3', true],
])('what is wrong with what is handed on of TLS %s', (_, isTls13) => {
  it('is nothing where the target is honest', () => {
    const flight = sent({ isTls13, names: Array<Buffer>(400).fill(name) })
    expect(faultOf(flight, unseen(flight))).toBeUndefined()
  })

  it.each([
    ['an EC key without a named curve', { chain: [...usual, ...madeCertificates.slice(4, 5)] }],
    ['an EC key on a curve that Node cannot describe', { chain: madeCertificates.slice(16) }],
    ['a DSA key', { chain: madeCertificates.slice(13, 14) }],
    ['an RSA key above 8192 bits', { chain: madeCertificates.slice(9, 10) }],
    ['a certificate in which no key can be found', { chain: [Buffer.from('3000', 'hex')] }],
    ['a chain of more than 16 certificates', { chain: Array<Buffer>(17).fill(usual[0] ?? name) }],
    ['a request that names more than 400 CAs', { names: Array<Buffer>(401).fill(name) }],
  ])('is %s', (what, made) => {
    const flight = sent({ isTls13, ...made })
    expect(faultOf(flight, unseen(flight))).toBe(`OpenSSL is given ${what}`)
    const before = unseen(flight, { handedOn: flight.bytes.subarray(0, 60), refusal: 'it is refused' })
    expect(faultOf(flight, before)).toBeUndefined()
  })

  it('is whatever is lost, changed or kept', () => {
    const flight = sent({ isTls13 })
    const { bytes } = flight
    const last = bytes.subarray(-1)
    expect(faultOf(flight, unseen(flight, { handedOn: bytes.subarray(0, -1) }))).toContain('are not what came')
    expect(faultOf(flight, unseen(flight, { rest: last }))).toContain('are not what came')
    expect(faultOf(flight, unseen(flight, { handedOn: bytes.toReversed() as Buffer }))).toContain('is not what came')
    const kept = { handedOn: bytes.subarray(0, -1), rest: last }
    expect(faultOf(flight, unseen(flight, kept))).toBe('a record that has come whole is kept')
  })
})
