import { createPublicKey, verify } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import {
  type MessageSignature,
  parseAccountId,
  parseCertificateId,
  parseMappingId,
  parseRecordId,
  parseTargetUrl,
} from '@mtls-gateway/domain'
import { isPromise } from '@mtls-gateway/event-loop'
import { bodyLimits, ServiceMetrics } from '@mtls-gateway/service-kit'
import { createCa, type IssuedCertificate } from '@mtls-gateway/test-kit'
import type { MappedIdentity } from '../../../src/forward/certificate/certificate-choice.ts'
import {
  type CallToSign,
  isSigned,
  requestSignatureLimits,
  SignedCalls,
} from '../../../src/forward/signatures/signed-calls.ts'

const accountId = parseAccountId('le123')
const limits = bodyLimits(4_194_304)
let issued: IssuedCertificate
let server: Server
let caller: Socket
let bodies: Bulkhead
let signatures: Bulkhead
let calls: SignedCalls

beforeAll(async () => {
  issued = await (await createCa()).issue({ commonName: 'seal' })
})

beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  caller = connect((server.address() as AddressInfo).port, '127.0.0.1')
  bodies = new Bulkhead('request-bodies', limits)
  signatures = new Bulkhead('request-signatures', requestSignatureLimits)
  calls = new SignedCalls(bodies, signatures, new ServiceMetrics('test'))
})

afterEach(async () => {
  caller.destroy()
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

function identityWith(signature: MessageSignature, token = 't1', versionId = 'v1'): MappedIdentity {
  const { privateKey, certificate, fingerprintSha256 } = issued
  const [certificateId, mappingId] = [parseCertificateId(1), parseMappingId(10)]
  if (certificateId === undefined || mappingId === undefined) throw new TypeError('they are ids')
  const credentials = { versionId: parseRecordId(versionId), privateKey, certificates: certificate }
  return {
    ...{ accountId, mappingId, certificateId, serviceId: '1', fingerprintSha256, credentials },
    ...{ answerTimeoutMs: undefined, auth: undefined, fields: ['Authorization', `Bearer ${token}`] },
    signing: { signature, signerId: credentials.versionId, signer: { certificateId, credentials } },
  }
}

async function received(head: string): Promise<IncomingMessage> {
  caller.write(head)
  const [request] = await once(server, 'request')
  return request
}

function callOf(identity: MappedIdentity, more: Partial<CallToSign> = {}) {
  if (!isSigned(identity)) throw new TypeError('it is signed')
  const target = parseTargetUrl('https://bank.example/pay')
  const call: CallToSign = {
    identity,
    method: 'POST',
    target,
    headers: [],
    body: null,
    chooseAgain: async () => identity,
    response: new EventEmitter(),
  }
  return { ...call, ...more, identity }
}

it('a body that is held counts until its call is over, and for more as it grows', async () => {
  const request = await received('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
  const identity = identityWith({ scheme: 'jws' })
  const sent = Promise.withResolvers<Buffer>()
  const over = Promise.withResolvers<void>()
  const done = calls.send(callOf(identity, { body: request }), { request, bodyHash: undefined }, (signed) => {
    if (Buffer.isBuffer(signed.body)) sent.resolve(signed.body)
    return over.promise
  })
  expect(bodies.heldBy(accountId)).toBe(16_384)
  caller.write(`4e20\r\n${'x'.repeat(20_000)}\r\n0\r\n\r\n`)
  expect(await sent.promise).toHaveLength(20_000)
  expect(bodies.heldBy(accountId)).toBe(32_768)
  over.resolve()
  await done
  expect(bodies.heldBy(accountId)).toBeLessThanOrEqual(2)
})

it('many bodies without a length begin at once, and one that outgrows the share of its account is refused', async () => {
  const others = bodies.acquire(accountId, limits.share - 20_000)
  const request = await received('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
  const call = callOf(identityWith({ scheme: 'jws' }), { body: request })
  const done = calls.send(call, { request, bodyHash: undefined }, () => Promise.reject(new Error('never sent')))
  caller.write(`4e20\r\n${'x'.repeat(20_000)}\r\n`)
  await expect(done).rejects.toMatchObject({ code: 'TOO_MANY_BODIES' })
  if (!isPromise(others)) others.release()
})

it('a body that breaks off gives back what it was charged with', async () => {
  const request = await received('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nbegun')
  const call = callOf(identityWith({ scheme: 'jws' }), { body: request })
  const done = calls.send(call, { request, bodyHash: undefined }, () => Promise.reject(new Error('never sent')))
  caller.destroy()
  await expect(done).rejects.toThrow(/aborted|premature|ECONNRESET/i)
  expect(bodies.heldBy(accountId)).toBeLessThanOrEqual(1)
})

it('a request is signed again where its token was renewed meanwhile', async () => {
  const request = await received('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  const signature: MessageSignature = { scheme: 'rfc9421', components: ['authorization'] }
  const renewed = identityWith(signature, 't2')
  const call = callOf(identityWith(signature, 't1'), { chooseAgain: async () => renewed })
  let fields: readonly string[] = []
  await calls.send(call, { request, bodyHash: undefined }, async ({ identity }) => {
    fields = isSigned(identity) ? (identity.fields ?? []) : []
  })
  const value = (name: string) => fields[fields.indexOf(name) + 1] ?? ''
  expect(value('Authorization')).toBe('Bearer t2')
  const text = `"authorization": Bearer t2\n"@signature-params": ${value('Signature-Input').slice('sig1='.length)}`
  const key = { key: createPublicKey(issued.privateKey), dsaEncoding: 'ieee-p1363' as const }
  expect(verify('sha256', Buffer.from(text), key, Buffer.from(value('Signature').slice(6, -1), 'base64'))).toBe(true)
})

it('a request whose certificate changes each time is given up', async () => {
  const request = await received('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  let version = 1
  const chooseAgain = async () => identityWith({ scheme: 'jws' }, 't1', `v${++version}`)
  const call = callOf(identityWith({ scheme: 'jws' }), { chooseAgain })
  const done = calls.send(call, { request, bodyHash: undefined }, async () => {})
  await expect(done).rejects.toMatchObject({ code: 'CLIENT_KEY_MISSING', message: /changed repeatedly/ })
})

it('an account waits for its own large signatures, and others do not', async () => {
  const whole = signatures.acquire(accountId, requestSignatureLimits.share)
  const request = await received('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  const unread = { request, bodyHash: undefined }
  const own = identityWith({ scheme: 'jws' })
  const sent: string[] = []
  const send = (identity: MappedIdentity) =>
    calls.send(callOf(identity), unread, async () => {
      sent.push(identity.accountId)
    })
  const waiting = send(own)
  await send({ ...own, accountId: parseAccountId('le456') })
  expect(sent).toEqual(['le456'])
  if (!isPromise(whole)) whole.release()
  await waiting
  expect(sent).toEqual(['le456', 'le123'])
})

it('a request whose caller has gone waits for no signature', async () => {
  const whole = signatures.acquire(accountId, requestSignatureLimits.share)
  const request = await received('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  const response = new EventEmitter()
  const call = callOf(identityWith({ scheme: 'jws' }), { response })
  const done = calls.send(call, { request, bodyHash: undefined }, async () => {})
  while (signatures.waiting === 0) await new Promise(setImmediate)
  response.emit('close')
  await expect(done).rejects.toMatchObject({ code: 'TOO_MANY_CALLS' })
  expect(signatures.waiting).toBe(0)
  if (!isPromise(whole)) whole.release()
})

it('a request whose body was not held is given up where the body is to be signed by then', async () => {
  const request = await received('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody')
  const signsBodies = identityWith({ scheme: 'rfc9421' })
  const identity = identityWith({ scheme: 'rfc9421', components: ['@method'] })
  const call = callOf(identity, { body: request, chooseAgain: async () => signsBodies })
  const done = calls.send(call, { request, bodyHash: undefined }, () => Promise.reject(new Error('was sent')))
  await expect(done).rejects.toMatchObject({ code: 'CLIENT_KEY_MISSING', message: /what of it is signed, changed/ })
})
