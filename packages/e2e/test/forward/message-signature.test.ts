import { Readable } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { EchoedRequest, IssuedCertificate, TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem, problemOf } from '../support/expect-problem.ts'
import { startRawTarget } from '../support/raw-target.ts'
import { promotion, Rotation } from '../support/rotation.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { expectSigned } from '../support/signature-verifier.ts'
import { certificateEntry, lp, mustBe } from '../support/tenant.ts'
import type { Mapping } from '../support/wire.ts'

type Signature = Readonly<Record<string, unknown>>
type MappingWithSignature = Mapping & { readonly messageSignature?: Signature }

interface Sent {
  readonly method?: string
  readonly body?: string | Readable
  readonly headers?: Readonly<Record<string, string>>
}

const mebibyte = 1_048_576

describe('the messageSignature of a mapping', () => {
  let system: SharedSystem
  let target: TestTarget
  let seal: IssuedCertificate

  beforeAll(async () => {
    system = await sharedSystem()
    target = await system.startTarget()
    seal = await target.clientCa.issue({ commonName: 'seal', keyType: 'RSA-2048' })
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
  })

  async function tenantWith(messageSignature: Signature, more: object = {}, signer = seal) {
    const tenant = await system.newTenant()
    const identity = await target.clientCa.issue({ commonName: 'tpp-1' })
    const { id } = await tenant.saveCertificate('c1', identity)
    const { id: sealId } = await tenant.saveCertificate('seal', signer)
    const url = `${target.url}/pay?a=%2F&b=*`
    const signature = { certificationId: sealId, ...messageSignature }
    const entry = { certificationId: id, serviceId: 'IDP', url, name: 'm1', messageSignature: signature, ...more }
    const mapping = (await tenant.map(entry as Parameters<typeof tenant.map>[0])) as MappingWithSignature
    const caller = await tenant.newCaller()
    const forward = async ({ method = 'POST', body, headers = {} }: Sent = {}) => {
      const call = { method, path: tenant.forwardPath, headers: { ...lp(mapping.url), ...headers } }
      const answer = await caller.raw(body === undefined ? call : { ...call, body })
      const text = answer.body.toString()
      return { ...answer, body: text === '' ? undefined : JSON.parse(text) }
    }
    const put = (change: object) =>
      tenant.api.json<MappingWithSignature>('PUT', tenant.path(`mappings/${mapping.id}`), { ...mapping, ...change })
    const signed = async (sent?: Sent) => {
      const { status, body } = await forward(sent)
      expect([status, body.code]).toEqual([200, undefined])
      const request: EchoedRequest = body
      return { request, names: await expectSigned(request, signer.certificate) }
    }
    return { tenant, identity, sealId, mapping, forward, signed, put }
  }

  describe.each([
    ['cavage', '(request-target) date digest'],
    ['jws', ''],
    ['rfc9421', '@method @target-uri content-digest'],
  ])('%s', (scheme, expected) => {
    it('signs bodies of a length, in chunks, of nothing, and calls without any, by another certificate', async () => {
      const { signed, identity } = await tenantWith({ scheme })
      const json = { 'Content-Type': 'application/json' }
      const { request, names } = await signed({ body: '{"amount": "1 €"}', headers: json })
      expect(names.join(' ')).toBe(expected)
      expect(request.clientCertificate?.fingerprint256).toBe(identity.fingerprintSha256)
      const pieces = ['{"a":', '1}', ' '.repeat(200_000)]
      const { request: chunked } = await signed({ body: Readable.from(pieces), headers: json })
      expect(chunked.body).toBe(pieces.join(''))
      expect(chunked.headers).toMatchObject({ 'content-length': String(200_007) })
      await signed({ body: Readable.from([]) })
      await signed({ method: 'GET' })
      await signed({ method: 'DELETE' })
      await signed({ body: 'x'.repeat(mebibyte) })
    })
  })

  it('signs by the certificate that the call presents, unless another is named', async () => {
    const tenant = await system.newTenant()
    const identity = await target.clientCa.issue({ commonName: 'tpp-1' })
    const { id } = await tenant.saveCertificate('c1', identity)
    const entry = { certificationId: id, serviceId: 'IDP', url: `${target.url}/own`, name: 'm1' }
    await tenant.map({ ...entry, messageSignature: { scheme: 'rfc9421' } } as Parameters<typeof tenant.map>[0])
    const caller = await tenant.newCaller()
    const { body } = await caller.json<EchoedRequest>('POST', tenant.forwardPath, {}, lp(entry.url))
    await expectSigned(body, identity.certificate)
  })

  it('signs what goes out: stored secrets, what is optional, and nothing that the caller says of signatures', async () => {
    const targetAuth = { type: 'headers', headers: [{ name: 'X-Api-Key', secret: 'k' }] }
    const { signed } = await tenantWith(
      {
        scheme: 'cavage',
        headers: ['digest', 'host', 'x-api-key', 'content-length'],
        optionalHeaders: ['psu-id', 'psu-ip'],
      },
      { targetAuth },
    )
    const forged = { Signature: 'mine', digest: 'mine', 'Signature-Input': 'mine', X_Jws_Signature: 'mine' }
    const headers = { ...forged, 'PSU-ID': 'anna', 'X-Api-Key': 'of the caller' }
    const { request, names } = await signed({ body: 'body', headers })
    expect(names).toEqual(['digest', 'host', 'x-api-key', 'content-length', 'psu-id'])
    expect(request.headers).toMatchObject({ 'x-api-key': 'k' })
    expect(JSON.stringify(request.rawHeaders)).not.toContain('mine')
  })

  it('leaves bodies alone that are not signed', async () => {
    const { signed } = await tenantWith({ scheme: 'rfc9421', components: ['@method', 'x-request-id'] })
    const body = Readable.from(['x'.repeat(mebibyte), 'y'])
    const { request } = await signed({ body, headers: { 'X-Request-Id': 'r1' } })
    expect(request.headers).toMatchObject({ 'transfer-encoding': 'chunked' })
    expect(request.body).toHaveLength(mebibyte + 1)
  })

  it('refuses a body that is too large before anything goes to the target', async () => {
    const { forward, mapping } = await tenantWith({ scheme: 'jws' }, { url: `${target.url}/large` })
    const tooLarge = 'x'.repeat(mebibyte + 1)
    for (const body of [tooLarge, Readable.from([tooLarge.slice(1), 'xx'])]) {
      const problem = expectProblem(await forward({ body }), 424, 'SIGNATURE_BODY_TOO_LARGE')
      expect(problem).toMatchObject({ limit: mebibyte, detail: expect.stringContaining('1048576 bytes') })
    }
    expect(target.seen.filter(({ url }) => mapping.url.endsWith(url))).toEqual([])
  })

  it('refuses a call that lacks what is signed, and names it', async () => {
    const { forward, signed } = await tenantWith({ scheme: 'cavage', headers: ['psu-id', 'date'] })
    const problem = expectProblem(await forward(), 424, 'SIGNATURE_HEADER_MISSING')
    expect(problem).toMatchObject({ field: 'psu-id', detail: expect.stringContaining('"psu-id"') })
    await signed({ headers: { 'PSU-ID': 'anna' } })
  })

  it('signs with the next version of the certificate, which has to have a key that fits', async () => {
    const { tenant, sealId, forward, put } = await tenantWith({ scheme: 'cavage' })
    const replaceBy = (identity: IssuedCertificate) => {
      const renewed = [{ ...certificateEntry('seal', identity), id: sealId }]
      return tenant.api.json('PUT', tenant.path('certificates'), renewed)
    }
    const next = await target.clientCa.issue({ commonName: 'seal', keyType: 'RSA-2048' })
    mustBe(200, await replaceBy(next))
    const raw = Buffer.from(next.certificate.replace(/-----.*-----/g, ''), 'base64').toString('base64')
    const { body } = await eventually(
      () => forward(),
      (answer) => answer.body.headers['tpp-signature-certificate'] === raw,
    )
    await expectSigned(body, next.certificate)
    const unfit = await target.clientCa.issue({ commonName: 'seal', keyType: 'Ed25519' })
    const { detail } = expectProblem(await replaceBy(unfit), 400, 'MESSAGE_SIGNATURE_INVALID')
    expect(detail).toMatch(/"m1".*Ed25519/)
    const rotation = new Rotation(tenant, sealId)
    mustBe(201, await rotation.stage(unfit))
    expectProblem(await rotation.post(promotion), 400, 'MESSAGE_SIGNATURE_INVALID')
    mustBe(200, await rotation.delete('staged'))

    // Going back to a version is never refused, and calls are then.
    mustBe(200, await put({ messageSignature: { certificationId: sealId, scheme: 'rfc9421' } }))
    mustBe(200, await replaceBy(unfit))
    mustBe(200, await put({ messageSignature: { certificationId: sealId, scheme: 'rfc9421', algorithm: 'ed25519' } }))
    mustBe(200, await rotation.post('rollback'))
    const refused = await eventually(
      () => forward(),
      ({ status }) => status !== 200,
    )
    expect(expectProblem(refused, 424, 'SIGNATURE_KEY_UNFIT').detail).toContain('RSA-2048')
  })

  it('refuses calls once the certificate that signs has expired', async () => {
    const notAfter = new Date(Date.now() + 5_000)
    const brief = await target.clientCa.issue({ commonName: 'seal', keyType: 'RSA-2048', notAfter })
    const { forward } = await tenantWith({ scheme: 'cavage' }, {}, brief)
    const refused = await eventually(
      () => forward(),
      ({ status }) => status !== 200,
    )
    expect(expectProblem(refused, 424, 'SIGNATURE_CERTIFICATE_UNUSABLE').detail).toMatch(/has expired\. Replace it/)
  })

  it('signs again what is sent once more, on a new connection', async () => {
    const answered = new WeakSet<TLSSocket>()
    const dying = await startRawTarget((_, socket) => {
      if (answered.has(socket)) socket.destroy()
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}')
      answered.add(socket)
    }, system.serverCa)
    try {
      const { forward } = await tenantWith({ scheme: 'rfc9421' }, { url: `${dying.url}/` })
      await forward({ method: 'DELETE' })
      expect((await forward({ method: 'DELETE' })).status).toBe(200)
      expect(dying.received).toHaveLength(3)
      for (const head of dying.received) {
        const [line = '', ...fields] = head.split('\r\n').filter((each) => each !== '')
        const [method = '', url = ''] = line.split(' ')
        const rawHeaders = fields.flatMap((field) => [field.replace(/: .*/s, ''), field.replace(/^.*?: /s, '')])
        await expectSigned({ method, url, rawHeaders, body: '' }, seal.certificate)
      }
    } finally {
      await dying.close()
    }
  })

  it('is shown as it is, stays in an update, is in the audit, and goes with null', async () => {
    const { tenant, sealId, mapping, put, forward } = await tenantWith({ scheme: 'jws', keyId: 'k1' })
    const shown = { scheme: 'jws', certificationId: String(sealId), keyId: 'k1' }
    expect(mapping.messageSignature).toEqual(shown)
    expect(await put({ name: 'm2' })).toMatchObject({ status: 200, body: { messageSignature: shown } })
    const deletion = await tenant.api.json('DELETE', tenant.path(`certificates/${sealId}`))
    expect([deletion.status, problemOf(deletion).code]).toEqual([409, 'CERTIFICATE_IN_USE'])
    expect((await put({ messageSignature: null })).body).not.toHaveProperty('messageSignature')
    const audit = await tenant.api.json('GET', tenant.path('audit'))
    expect(JSON.stringify(audit.body)).toContain('"messageSignature"')
    await eventually(
      async () => (await forward({ body: 'x' })).body.headers,
      (headers) => !('x-jws-signature' in headers),
    )
    expect((await tenant.api.json('DELETE', tenant.path(`certificates/${sealId}`))).status).toBe(200)
  })

  it.each([
    ['a misspelt field', { scheme: 'jws', keyid: 'x' }, 'VALIDATION_FAILED', /keyid/],
    ['an unknown scheme', { scheme: 'hmac' }, 'VALIDATION_FAILED', /scheme/],
    [
      'a field of another scheme',
      { scheme: 'jws', headers: ['date'] },
      'MESSAGE_SIGNATURE_INVALID',
      /no \\"headers\\"/,
    ],
    [
      'a header field that nobody sends',
      { scheme: 'cavage', headers: ['te'] },
      'MESSAGE_SIGNATURE_INVALID',
      /\\"te\\"/,
    ],
    ['a key that does not fit', { scheme: 'rfc9421', algorithm: 'ed25519' }, 'MESSAGE_SIGNATURE_INVALID', /RSA-2048/],
    ['an unknown certificate', { scheme: 'jws', certificationId: '4711' }, 'MAPPING_CERTIFICATE_UNKNOWN', /4711/],
    [
      'more than 20 names',
      {
        scheme: 'cavage',
        headers: Array.from({ length: 15 }, (_, n) => `x-${n}`),
        optionalHeaders: Array.from({ length: 6 }, (_, n) => `y-${n}`),
      },
      'MESSAGE_SIGNATURE_INVALID',
      /at most 20/,
    ],
  ])('is refused with %s', async (_, messageSignature, code, said) => {
    const { sealId, put } = await tenantWith({ scheme: 'jws' })
    const refused = await put({ messageSignature: { certificationId: sealId, ...messageSignature } })
    expect(refused.status).toBe(400)
    expect(JSON.stringify(refused.body)).toMatch(code)
    expect(JSON.stringify(refused.body)).toMatch(said)
  })
})
