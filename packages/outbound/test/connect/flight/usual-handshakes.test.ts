import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type Server, type TlsOptions } from 'node:tls'
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate, type TestCa, withTools } from '@mtls-gateway/test-kit'
import fc from 'fast-check'
import { TargetFlight } from '../../../src/connect/flight/target-flight.ts'
import { startOpensslServer } from '../../support/openssl-server.ts'
import { connectByFlight, type FlightOptions, type FlightOutcome } from './flight-connection.ts'
import { record } from './made-flight.ts'

let ca: TestCa
let ec: IssuedCertificate
let rsa: IssuedCertificate
const servers: Server[] = []

beforeAll(async () => {
  ca = await createCa()
  ec = await ca.issue({ commonName: 'localhost', dnsNames: ['localhost'] })
  rsa = await ca.issue({ commonName: 'localhost', dnsNames: ['localhost'], keyType: 'RSA-2048' })
})
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function serve(options: TlsOptions = {}, identity = ec): Promise<number> {
  const cert = [identity.certificate, ...identity.chain].join('')
  const server = createServer({ key: identity.privateKey, cert, ...options }, (socket) => {
    socket.on('error', () => {}).write('answer')
  })
  servers.push(server)
  server.on('tlsClientError', () => {}).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** It succeeds, and OpenSSL is given what comes behind it. */
async function succeed(port: number, options?: FlightOptions): Promise<FlightOutcome> {
  const outcome = await connectByFlight(port, options)
  expect(outcome.error).toBeUndefined()
  return outcome
}

async function answerOf({ tls }: FlightOutcome): Promise<string> {
  const [answer] = (await once(tls as NonNullable<typeof tls>, 'data')) as [Buffer]
  return answer.toString()
}

describe('a handshake with a Node server', () => {
  const tls12 = { maxVersion: 'TLSv1.2' } as const
  it.each([
    ['of TLS 1.2 with an EC key', {}, tls12, () => ec],
    ['of TLS 1.2 with an RSA key', {}, tls12, () => rsa],
    ['of TLS 1.2 by RSA alone', {}, { ...tls12, ciphers: 'AES256-GCM-SHA384' }, () => rsa],
    ['of TLS 1.2 with CBC', {}, { ...tls12, ciphers: 'ECDHE-RSA-AES128-SHA256' }, () => rsa],
    ['of TLS 1.2 that asks for a client certificate', { requestCert: true }, tls12, () => ec],
    ['of TLS 1.3 that asks for a client certificate', { requestCert: true }, {}, () => ec],
    ['of TLS 1.3 that needs another hello', { ecdhCurve: 'P-521' }, {}, () => ec],
    ['with TLS_AES_128_GCM_SHA256', {}, { ciphers: 'TLS_AES_128_GCM_SHA256' }, () => rsa],
    ['with TLS_AES_256_GCM_SHA384', {}, { ciphers: 'TLS_AES_256_GCM_SHA384' }, () => ec],
    ['with TLS_CHACHA20_POLY1305_SHA256', {}, { ciphers: 'TLS_CHACHA20_POLY1305_SHA256' }, () => rsa],
  ])('%s succeeds', async (_name, server: TlsOptions, client: FlightOptions, identity) => {
    const port = await serve({ ...server, ca: ca.certificate, rejectUnauthorized: false }, identity())
    const outcome = await succeed(port, { ...client, cert: rsa.certificate, key: rsa.privateKey })
    expect(await answerOf(outcome)).toBe('answer')
    outcome.close()
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('that resumes a session, %s, succeeds', async (maxVersion) => {
    const port = await serve({ maxVersion })
    const first = await succeed(port)
    const session = await sessionOf(first, maxVersion)
    first.close()
    const second = await succeed(port, { session })
    expect(second.tls?.isSessionReused()).toBe(true)
    expect(await answerOf(second)).toBe('answer')
    second.close()
  })
})

/** In TLS 1.3 it comes after the handshake. */
async function sessionOf({ tls }: FlightOutcome, version: string): Promise<Buffer> {
  const [session] = version === 'TLSv1.3' ? await once(tls as NonNullable<typeof tls>, 'session') : [tls?.getSession()]
  return session as Buffer
}

withTools(describe, 'openssl')('a handshake with openssl s_server', () => {
  it.each([
    ['TLS 1.2', ['-tls1_2']],
    ['TLS 1.2, asking for a certificate', ['-tls1_2', '-verify', '3', '-CAfile', 'client-ca.pem']],
    ['TLS 1.3', ['-tls1_3']],
    ['TLS 1.3, asking for a certificate', ['-tls1_3', '-verify', '3', '-CAfile', 'client-ca.pem']],
    ['TLS 1.3, asking for another hello', ['-tls1_3', '-groups', 'P-521']],
    ['TLS 1.3, with padded records', ['-tls1_3', '-record_padding', '512']],
    ['TLS 1.3, in small records', ['-tls1_3', '-max_send_frag', '512']],
    ['TLS 1.2, in small records', ['-tls1_2', '-max_send_frag', '512']],
  ])('of %s succeeds', async (_name, options) => {
    const server = await startOpensslServer(rsa, ca, [], options)
    const outcome = await connectByFlight(Number(new URL(server.url).port))
    outcome.close()
    await server.close()
    expect(outcome.error).toBeUndefined()
  })
})

const pieceSizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 20 })

/** What a flight that comes in pieces of these sizes hands on, before it throws. */
function handOnIn(sizes: readonly number[], sent: Buffer, keys: FlightOutcome['keys']) {
  const flight = new TargetFlight()
  const pieces: Buffer[] = []
  try {
    for (let at = 0, n = 0; at < sent.length; n++) {
      const size = sizes[n % sizes.length] ?? 1
      flight.add(sent.subarray(at, at + size))
      at += size
      for (let piece = flight.next(); piece !== undefined; piece = flight.next()) {
        pieces.push(piece)
        for (const { line, after } of keys) if (after === pieces.length) flight.onKeys(line)
      }
    }
    return { handedOn: Buffer.concat(pieces), error: undefined }
  } catch (error) {
    return { handedOn: Buffer.concat(pieces), error }
  }
}

describe('a flight', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('of %s goes on whole, however it comes', async (maxVersion) => {
    const port = await serve({ maxVersion, requestCert: true, rejectUnauthorized: false })
    const { received, keys, handedOn, close } = await succeed(port)
    close()
    const sent = Buffer.concat(handedOn)
    expect(sent.equals(received.subarray(0, sent.length))).toBe(true)
    fc.assert(
      fc.property(pieceSizes, (sizes) => {
        expect(handOnIn(sizes, sent, keys)).toEqual({ handedOn: sent, error: undefined })
      }),
    )
  })

  it('of TLS 1.3 has no more than sixteen records behind it, however they come', async () => {
    const { keys, handedOn, close } = await succeed(await serve())
    close()
    const sent = Buffer.concat([...handedOn, ...Array<Buffer>(17).fill(record(23, Buffer.alloc(20)))])
    const whole = handOnIn([sent.length], sent, keys)
    expect(whole.error).toMatchObject({ detail: 'more than 16 records come right behind it' })
    fc.assert(fc.property(pieceSizes, (sizes) => expect(handOnIn(sizes, sent, keys)).toEqual(whole)))
  })

  it('of TLS 1.3 waits for its keys', async () => {
    const { handedOn, close } = await succeed(await serve())
    close()
    const flight = new TargetFlight()
    flight.add(Buffer.concat(handedOn))
    const [hello, changeCipherSpec] = handedOn
    expect([flight.next(), flight.next(), flight.next()]).toEqual([hello, changeCipherSpec, undefined])
    expect(flight.rest()).toEqual(Buffer.concat(handedOn.slice(2)))
  })

  it('of TLS 1.3 is refused where a record was changed on its way', async () => {
    const port = await serve()
    const onPath = (bytes: Buffer) => {
      const changed = Buffer.from(bytes)
      const last = changed.length - 1
      changed[last] = changed.readUInt8(last) ^ 1
      return [changed]
    }
    const { error } = await connectByFlight(port, { onPath })
    expect(error).toMatchObject({
      code: 'TARGET_HANDSHAKE_REFUSED',
      detail: 'it sends a record that cannot be decrypted',
    })
  })
})
