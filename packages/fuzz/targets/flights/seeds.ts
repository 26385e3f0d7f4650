import { createCa, nameOf } from '@mtls-gateway/test-kit'
import { hostileChains } from '../../../outbound/test/connect/flight/hostile-chains.ts'
import { flightInput, recordTypes } from './flight-case.ts'
import { type MadeFlight, messagesOf } from './grammar.ts'
import { madeCertificates } from './made-certificates.ts'
import { inRecords, sealedType } from './split-records.ts'

/** Flights of both versions with real certificates, with each that was made up, and with chains that are refused. */
export async function flightSeeds(): Promise<readonly Buffer[]> {
  const ca = await createCa()
  const intermediate = await ca.createIntermediate('intermediate')
  const issued = [
    await intermediate.issue({ commonName: 'ec' }),
    await intermediate.issue({ commonName: 'rsa', keyType: 'RSA-2048' }),
    await ca.issue({ commonName: 'ed', keyType: 'Ed25519' }),
  ]
  const real = issued.map(({ certificate, chain }) => [certificate, ...chain].map(derOf))
  const names = [nameOf(1), nameOf(4)]
  const flights = [
    ...real.flatMap((chain) => [{ chain }, { chain, names }]),
    ...madeCertificates.map((certificate) => ({ chain: [certificate] })),
    ...hostileChains.map(([, , chain]) => ({ chain })),
    { chain: [], names: Array<Buffer>(1_001).fill(nameOf(1)) },
  ]
  const versions = [1, 2, 3].map((suite) => ({ suite, isTls13: true }))
  return [
    ...flights.map((each, at) => seedOf({ suite: 1 + (at % 3), isTls13: true, ...each })),
    ...flights.map((each) => seedOf({ suite: 1, isTls13: false, ...each })),
    ...versions.map((version) => seedOf({ ...version, chain: real[0] ?? [] })),
    Buffer.from('RHTTP/1.1 400 Bad Request\r\n\r\n'),
  ]
}

function seedOf(made: MadeFlight): Buffer {
  const [first, second] = messagesOf(made)
  const records = [
    ...inRecords(Buffer.concat(first), recordTypes.handshake, 16_384),
    { type: recordTypes.changeCipherSpec, content: Buffer.of(1) },
    ...inRecords(Buffer.concat(second), made.isTls13 ? sealedType : recordTypes.handshake, 16_384),
  ]
  return flightInput({ kind: String(made.suite), records, tail: Buffer.alloc(0) })
}

function derOf(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64')
}
