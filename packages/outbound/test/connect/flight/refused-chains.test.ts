import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type TlsOptions } from 'node:tls'
import { beforeAll, describe, expect, it } from '@jest/globals'
import {
  createCa,
  element,
  extension,
  type IssuedCertificate,
  keyOn,
  makeCertificate,
  nameOf,
  pemOf,
  sequence,
} from '@mtls-gateway/test-kit'
import fc from 'fast-check'
import { connectByFlight } from './flight-connection.ts'
import { hostileChains } from './hostile-chains.ts'
import { certificateMessage, clearFlight, handOn, recordsOf, serverHello } from './made-flight.ts'

let leaf: IssuedCertificate

beforeAll(async () => {
  leaf = await (await createCa()).issue({ commonName: 'localhost', dnsNames: ['localhost'] })
})

async function outcomeWith(chain: readonly Buffer[], options: TlsOptions) {
  const cert = [leaf.certificate, ...chain.map(pemOf)].join('')
  const server = createServer({ key: leaf.privateKey, cert, ...options }, (socket) => socket.on('error', () => {}))
  server.on('tlsClientError', () => {}).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const outcome = await connectByFlight((server.address() as AddressInfo).port)
  outcome.close()
  server.close()
  return outcome
}

const bytesOf = (pieces: readonly Buffer[]) => pieces.reduce((sum, { length }) => sum + length, 0)

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('over %s, a chain', (version) => {
  const options = { minVersion: version, maxVersion: version }

  it.each(hostileChains)('%s never reaches OpenSSL', async (_name, detail, chain) => {
    const { error, handedOn } = await outcomeWith(chain, options)
    expect(error).toMatchObject({ code: 'TARGET_HANDSHAKE_REFUSED', detail })
    // Extensions, and the first record of a message that takes two.
    expect(bytesOf(handedOn.slice(1))).toBeLessThan(bytesOf(chain))
  })

  it('of sixteen certificates on the curves that CAs use passes', async () => {
    const curves = ['prime256v1', 'secp384r1', 'secp521r1', 'secp224r1', 'prime256v1']
    const chain = [...curves, ...curves, ...curves].map((curve) => makeCertificate({ publicKey: keyOn(curve) }))
    expect((await outcomeWith(chain, options)).error).toBeUndefined()
  })
})

describe('a certificate', () => {
  const good = makeCertificate({ extensions: [extension('551d13', sequence())] })
  const refusalOf = (der: Buffer) => handOn([clearFlight(certificateMessage([der]))]).error

  it('is taken as CAs write it', () => {
    expect(refusalOf(good)).toBeUndefined()
  })

  it('is refused where something follows the value of an extension, which OpenSSL leaves out', () => {
    const names = Buffer.concat([sequence(nameOf(10)), Buffer.from([0])])
    const der = makeCertificate({ extensions: [extension('551d23', names)] })
    expect(refusalOf(der)).toMatchObject({ detail: 'certificate 1 of its chain is not a certificate in DER' })
  })

  it('is refused where a byte of its structure is missing or too many', () => {
    const body = good.subarray(4)
    const unreadable = [
      good.subarray(0, -1),
      Buffer.concat([good, Buffer.from([0])]),
      sequence(body, Buffer.from([5, 0])),
      Buffer.concat([Buffer.from([0x30, 0x80]), body, Buffer.from([0, 0])]), // indefinite length
      Buffer.concat([Buffer.from([0x30, 0x83, 0, body.length >> 8, body.length & 0xff]), body]), // not the shortest
      element(0x31, body),
      Buffer.alloc(0),
    ]
    for (const der of unreadable) {
      expect(refusalOf(der)).toMatchObject({ detail: 'certificate 1 of its chain is not a certificate in DER' })
    }
  })

  it('that is anything else is refused or taken, but never another error', () => {
    const place = fc.tuple(fc.nat(good.length - 1), fc.nat(255))
    fc.assert(
      fc.property(fc.array(place, { minLength: 1, maxLength: 4 }), (changes) => {
        const changed = Buffer.from(good)
        for (const [at, byte] of changes) changed[at] = byte
        const error = refusalOf(changed)
        if (error !== undefined) expect(error).toMatchObject({ code: 'TARGET_HANDSHAKE_REFUSED' })
      }),
    )
  })
})

it('a hostile chain is kept back however its message is cut into records and they into pieces', () => {
  const chain = [makeCertificate(), makeCertificate({ subject: nameOf(300) })]
  const flight = Buffer.concat([serverHello(), certificateMessage(chain)])
  // In no more records than a handshake may have.
  const size = fc.integer({ min: Math.ceil(flight.length / 190), max: flight.length })
  fc.assert(
    fc.property(size, size, (recordSize, pieceSize) => {
      const bytes = recordsOf(flight, recordSize)
      const pieces: Buffer[] = []
      for (let at = 0; at < bytes.length; at += pieceSize) pieces.push(bytes.subarray(at, at + pieceSize))
      const { handedOn, error } = handOn(pieces)
      expect(error).toMatchObject({ code: 'TARGET_HANDSHAKE_REFUSED' })
      const lastRecord = bytes.length - (Math.ceil(flight.length / recordSize) - 1) * (recordSize + 5)
      expect(Buffer.concat(handedOn).length).toBe(bytes.length - lastRecord)
    }),
    { numRuns: 200 },
  )
})
