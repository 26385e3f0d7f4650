import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:tls'
import { describe, expect, it } from '@jest/globals'
import { createCa, makeCertificate, named, nameOf, pemOf } from '@mtls-gateway/test-kit'
import fc from 'fast-check'
import { TargetFlight } from '../../../src/connect/flight/target-flight.ts'
import { connectByFlight } from './flight-connection.ts'
import {
  certificateMessage,
  clearFlight,
  handOn,
  message,
  record,
  recordsOf,
  serverHello,
  supportedVersions,
  types,
  vector,
} from './made-flight.ts'

const refused = (detail: string) => expect.objectContaining({ code: 'TARGET_HANDSHAKE_REFUSED', detail })
const notAHandshake = refused('its messages are not those of a TLS handshake')
const request = (...names: readonly Buffer[]) =>
  message(types.request, Buffer.concat([vector(1), vector(2), vector(2, ...names.map((name) => vector(2, name)))]))
const tls13Hello = serverHello(supportedVersions)
/** A hello with this minor version in its old field. */
const withVersion = (hello: Buffer, minor: number) => Buffer.from(hello.with(5, minor))

describe('a message is refused', () => {
  it.each([
    [
      'that is longer than any',
      [message(types.helloDone, Buffer.alloc(65_537))],
      'it sends a handshake message of 65537 bytes, where 65536 are the most',
    ],
    [
      'that announces so',
      [Buffer.from([99, 0xff, 0xff, 0xff])],
      'it sends a handshake message of 16777215 bytes, where 65536 are the most',
    ],
    [
      'that is one of too many',
      Array.from({ length: 33 }, () => message(types.helloRequest)),
      'it sends more than 32 handshake messages',
    ],
    [
      'that is a second session ticket',
      [message(types.ticket), message(types.ticket)],
      'it sends more than one session ticket in its handshake',
    ],
    ['that is a compressed certificate', [message(25)], 'it sends a compressed certificate, which was not offered'],
    [
      'that names hundreds of CAs',
      [request(...Array<Buffer>(401).fill(nameOf(0)))],
      'it names more than 400 CAs for client certificates',
    ],
    [
      'that names CAs of many parts',
      [request(...Array<Buffer>(20).fill(nameOf(150)))],
      'its names of CAs for client certificates are too long',
    ],
    [
      'that names CAs by long names',
      [request(...Array<Buffer>(30).fill(nameOf(1, 'x'.repeat(1_700))))],
      'its names of CAs for client certificates are too long',
    ],
    [
      'that names what is no CA',
      [request(Buffer.from([0x30, 1]))],
      'it names a CA for client certificates in a way that is not DER',
    ],
  ])('%s', (_name, messages, detail) => {
    expect(handOn([clearFlight(...messages)]).error).toEqual(refused(detail))
  })

  it.each([
    ['that comes before the hello', recordsOf(message(types.helloDone))],
    ['that is a second hello', clearFlight(serverHello())],
    ['that ends too early', clearFlight(message(types.certificate, Buffer.from([0, 0, 9, 1])))],
    ['that is a hello cut short', recordsOf(message(types.serverHello, Buffer.alloc(34)))],
    ['behind a hello of TLS 1.3 in its record', recordsOf(Buffer.concat([tls13Hello, message(8)]))],
    ['begun behind a hello of TLS 1.3 in its record', recordsOf(Buffer.concat([tls13Hello, Buffer.from([11])]))],
    ['in the clear behind a hello of TLS 1.3', Buffer.concat([recordsOf(tls13Hello), recordsOf(message(8))])],
    ['encrypted in TLS 1.2', Buffer.concat([clearFlight(), record(23, Buffer.alloc(40))])],
    [
      'that is cut by a change of ciphers',
      Buffer.concat([clearFlight(Buffer.from([11])), record(20, Buffer.from([1]))]),
    ],
  ])('%s', (_name, bytes) => {
    expect(handOn([bytes]).error).toEqual(notAHandshake)
  })

  it('that chooses a suite of TLS 1.3 that nobody offered', () => {
    const hello = Buffer.from(tls13Hello)
    hello.writeUInt16BE(0x1304, 4 + 2 + 32 + 1)
    expect(handOn([recordsOf(hello)]).error).toEqual(refused('it chose a cipher suite that was not offered'))
  })
})

describe('a target that asks for client certificates', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'of hundreds of CAs is refused over %s, and of fewer is not',
    async (version) => {
      const leaf = await (await createCa()).issue({ commonName: 'localhost' })
      for (const count of [400, 401]) {
        const ca = Array.from({ length: count }, (_, n) => pemOf(makeCertificate({ subject: named(`${n}`) })))
        const options = {
          key: leaf.privateKey,
          cert: leaf.certificate,
          ca,
          requestCert: true,
          rejectUnauthorized: false,
        }
        const server = createServer({ ...options, maxVersion: version }, (socket) => socket.on('error', () => {}))
        server.on('tlsClientError', () => {}).listen(0, '127.0.0.1')
        await once(server, 'listening')
        const { error, close } = await connectByFlight((server.address() as AddressInfo).port)
        close()
        server.close()
        expect(error).toEqual(count === 400 ? undefined : expect.objectContaining({ code: 'TARGET_HANDSHAKE_REFUSED' }))
      }
    },
  )
})

describe('a handshake is refused', () => {
  it.each([
    ['that has a record without content', [clearFlight(), record(20, Buffer.alloc(0))]],
    ['that changes its cipher by something else', [clearFlight(), record(20, Buffer.from([2]))]],
    ['that changes its cipher twice', [clearFlight(), record(20, Buffer.from([1])), record(20, Buffer.from([1]))]],
    [
      'that has more than its end behind the change of cipher',
      [clearFlight(), record(20, Buffer.from([1])), recordsOf(certificateMessage([makeCertificate()]))],
    ],
    [
      'that has two ends',
      [clearFlight(), record(20, Buffer.from([1])), ...[1, 2].map(() => record(22, Buffer.alloc(40)))],
    ],
    ['whose hello says that it is of TLS 1.3 by its old field', [recordsOf(withVersion(serverHello(), 4))]],
  ])('%s, as OpenSSL may read it differently', (_, pieces) => {
    const { error, handedOn } = handOn(pieces)
    expect(error).toEqual(notAHandshake)
    expect(handedOn.length).toBeLessThan(pieces.length)
  })

  it('whose keys OpenSSL tells of though its hello was of TLS 1.2', () => {
    const flight = new TargetFlight()
    handOn([clearFlight()], flight)
    flight.onKeys(Buffer.from(`SERVER_HANDSHAKE_TRAFFIC_SECRET ${'00'.repeat(32)} ${'00'.repeat(32)}`))
    expect(handOn([recordsOf(certificateMessage([makeCertificate()]))], flight).error).toEqual(notAHandshake)
  })

  it('that has record after record right behind it', () => {
    const flight = new TargetFlight()
    flight.add(Buffer.concat(Array<Buffer>(16).fill(record(23, Buffer.alloc(20)))))
    expect(flight.rest()).toHaveLength(16 * 25)
    flight.add(Buffer.concat(Array<Buffer>(17).fill(record(23, Buffer.alloc(20)))))
    expect(() => flight.rest()).toThrow(refused('more than 16 records come right behind it'))
  })

  it('of more bytes than any has', () => {
    const { error, handedOn } = handOn(Array<Buffer>(30).fill(record(21, Buffer.alloc(5_000))))
    expect(error).toEqual(refused('it sends more than 131072 bytes in its handshake'))
    expect(handedOn).toHaveLength(26)
  })

  it('of more records than any has', () => {
    const { error, handedOn } = handOn([recordsOf(certificateMessage([Buffer.alloc(2_000)]), 1)])
    expect(error).toEqual(refused('it sends more than 200 records in its handshake'))
    expect(handedOn).toHaveLength(200)
  })

  it('that turns into something else', () => {
    const { error } = handOn([clearFlight(), Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')])
    expect(error).toEqual(refused('it sends something that is not TLS in the middle of its handshake'))
  })

  it('or not, but never for a reason of our own, whatever it is', () => {
    const part = fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      fc.uint8Array({ maxLength: 40 }).map((bytes) => record(22, bytes)),
      fc.tuple(fc.nat(30), fc.uint8Array({ maxLength: 40 })).map(([type, body]) => recordsOf(message(type, body))),
      fc.constantFrom(clearFlight(), recordsOf(tls13Hello), record(20, Buffer.from([1])), record(23, Buffer.alloc(9))),
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const { error, handedOn } = handOn(parts)
        if (error !== undefined) expect(error).toMatchObject({ code: 'TARGET_HANDSHAKE_REFUSED' })
        const all = Buffer.concat(parts)
        const given = Buffer.concat(handedOn)
        expect(given.equals(all.subarray(0, given.length))).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})
