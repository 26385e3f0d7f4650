import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpsRequest } from 'node:https'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mock } from 'node:test'
import { connect } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { shuttingDown } from '@mtls-gateway/bulkhead'
import { CodedError, parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { createTargetTrust } from '@mtls-gateway/outbound'
import { createLog, ServiceMetrics } from '@mtls-gateway/service-kit'
import { ambiguousBytes, ambiguousRequests, createCa, refusalOf } from '@mtls-gateway/test-kit'
import { readSharedKey } from '../../src/configuration/shared-secret.ts'
import type { Prober } from '../../src/prober/prober.ts'
import type { ProbeRequest } from '../../src/prober/prober-job.ts'
import { pskIdentity, pskTls } from '../../src/prober/psk-tls.ts'
import { RemoteProber } from '../../src/prober/remote-prober.ts'
import { ProberServer } from '../../src/prober-service/prober-server.ts'

const accountId = parseAccountId('le123')
const log = createLog({ service: 'test', level: 'silent' })
const taken = {
  ok: true,
  status: 200,
  failure: undefined,
  clientCertificate: 'accepted' as const,
  explanation: 'It took the certificate.',
  handshake: undefined,
  refusal: undefined,
}
const request: ProbeRequest = {
  keyId: parseRecordId('key'),
  certificates: 'the leaf',
  urls: [{ url: 'https://a.example/', trust: undefined, tls: undefined }],
  method: 'HEAD',
  deadlineMs: 10_000,
}

let directory: string
let secretFile: string
/** What the prober behind the server does with a probe that has its place. */
let behind: Prober['run']
/** And with what is to be signed. */
let signer: Prober['sign']
let server: ProberServer
let url: string
const remotes: RemoteProber[] = []

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'remote-prober-'))
  secretFile = fileOf('secret', 'a secret that both of the two sides know')
  behind = async (_account, prepare) => (await prepare()).urls.map(() => taken)
  signer = async (account, { csr }) => `${account} has signed ${csr}`
  const prober: Prober = {
    run: (account, prepare) => behind(account, prepare),
    sign: (account, order) => signer(account, order),
    close: async () => {},
  }
  server = new ProberServer({ prober, secretFile, log, metrics: new ServiceMetrics('test') })
  server.server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  url = `https://127.0.0.1:${(server.server.address() as AddressInfo).port}`
})

afterEach(async () => {
  await Promise.all(remotes.splice(0).map((remote) => remote.close()))
  await server.drain(0)
  rmSync(directory, { recursive: true })
})

function fileOf(name: string, text: string): string {
  const path = join(directory, name)
  writeFileSync(path, text)
  return path
}

function newRemote(changes: { readonly secretFile?: string; readonly url?: string } = {}): RemoteProber {
  const remote = new RemoteProber({ url, secretFile, log, ...changes })
  remotes.push(remote)
  return remote
}

/** A client that has the secret, and may send anything. */
async function say(path: string, body: string, headers = {}): Promise<{ status: number | undefined; text: string }> {
  const psk = readSharedKey(secretFile)
  const tls = { ...pskTls, pskCallback: () => ({ psk, identity: pskIdentity }), checkServerIdentity: () => undefined }
  const sent = httpsRequest(new URL(path, url), { method: 'POST', agent: false, headers, ...tls })
  sent.end(body)
  const [response] = await once(sent, 'response')
  let text = ''
  for await (const piece of response) text += piece
  return { status: response.statusCode, text }
}

describe('the prober from afar', () => {
  it('is asked by account and key, and answers with what came of it', async () => {
    const ca = await createCa()
    const trust = createTargetTrust({ caCertificates: ca.certificate }, 'record')
    const pinned = createTargetTrust({ spkiPins: ['sha256/x'], serverName: 'other.example' })
    const tls = { minVersion: '1.2', maxVersion: '1.2', legacyRenegotiation: true } as const
    const urls = [
      { url: 'https://a.example/', trust, tls },
      { url: 'https://b.example/', trust, tls: undefined },
      { url: 'https://c.example/', trust: pinned, tls: undefined },
      { url: 'https://d.example/', trust: undefined, tls: { ...tls, ciphers: ['AES128-SHA'], groups: ['P-256'] } },
    ]
    const got = mock.fn(behind)
    let arrived: ProbeRequest | undefined
    behind = async (account, prepare) => got(account, async () => (arrived = await prepare()))
    const targets = await newRemote().run(accountId, async () => ({ ...request, urls }))
    expect(targets).toEqual(urls.map(() => taken))
    expect(got.mock.calls[0]?.arguments[0]).toBe(accountId)
    expect(arrived).toEqual({ ...request, urls })
  })

  it('signs by the CA of an account, and hands on why it does not', async () => {
    const order = { keyId: parseRecordId('ca-key'), ca: 'a CA', csr: 'a request', lifetimeSeconds: 120 }
    const got = mock.fn(signer)
    signer = got
    expect(await newRemote().sign(accountId, order)).toBe('le123 has signed a request')
    expect(got.mock.calls[0]?.arguments).toEqual([accountId, order])
    signer = async () => {
      throw new CodedError('STORE_DAMAGED', 'It is lost.')
    }
    await expect(newRemote().sign(accountId, order)).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
    const refused = await say('/signatures/le123', JSON.stringify({ ...order, lifetimeSeconds: -1 }), {
      expect: '100-continue',
    })
    expect(refused.status).toBe(400)
  })

  it('writes nothing about a probe that gets no place, and hands on why', async () => {
    behind = async () => {
      throw new CodedError('TOO_MANY_CALLS', 'Too many.', { retryAfterSeconds: 5 })
    }
    const prepare = mock.fn(async () => request)
    const refused = newRemote().run(accountId, prepare)
    await expect(refused).rejects.toMatchObject({ code: 'TOO_MANY_CALLS', message: 'Too many.', retryAfterSeconds: 5 })
    expect(prepare.mock.callCount()).toBe(0)
  })

  it('gives the place back where the preparation fails, and fails as that does', async () => {
    const ended = Promise.withResolvers<unknown>()
    behind = async (_account, prepare) => {
      await prepare().then(ended.resolve, ended.reject)
      return []
    }
    const missing = new CodedError('VERSION_CHANGED', 'It was changed.')
    await expect(newRemote().run(accountId, () => Promise.reject(missing))).rejects.toBe(missing)
    await expect(ended.promise).rejects.toBeInstanceOf(Error)
  })

  it('is unavailable, with a code, where it is away, breaks off or never answers a handshake', async () => {
    const unavailable = { code: 'PROBER_UNAVAILABLE', retryAfterSeconds: 5 }
    await expect(newRemote({ url: 'https://127.0.0.1:1' }).run(accountId, async () => request)).rejects.toMatchObject(
      unavailable,
    )
    behind = async (_account, prepare) => {
      await prepare()
      server.server.closeAllConnections()
      return []
    }
    await expect(newRemote().run(accountId, async () => request)).rejects.toMatchObject(unavailable)
    const mute = createServer(() => {}).listen(0, '127.0.0.1')
    await once(mute, 'listening')
    const { port } = mute.address() as AddressInfo
    const silent = newRemote({ url: `https://127.0.0.1:${port}` }).run(accountId, async () => request)
    await expect(silent).rejects.toMatchObject(unavailable)
    mute.close()
  })

  it('ends with the service that asks', async () => {
    behind = () => new Promise(() => {})
    const remote = newRemote()
    const waiting = remote.run(accountId, async () => request)
    const outcome = expect(waiting).rejects.toMatchObject({ code: shuttingDown().code })
    await remote.close()
    await outcome
    await expect(remote.run(accountId, async () => request)).rejects.toMatchObject({ code: 'SHUTTING_DOWN' })
  })
})

describe('the channel to the prober', () => {
  it('is closed to whoever has not the secret, on either side', async () => {
    const run = mock.fn(behind)
    behind = run
    const wrong = fileOf('wrong', 'another secret of more than 32 characters')
    const prepare = mock.fn(async () => request)
    const refused = newRemote({ secretFile: wrong }).run(accountId, prepare)
    await expect(refused).rejects.toMatchObject({ code: 'PROBER_UNAVAILABLE' })
    const { port } = new URL(url)
    for (const options of [{}, { ...pskTls, ciphers: 'DEFAULT' }]) {
      const [error] = await once(connect({ port: Number(port), rejectUnauthorized: false, ...options }), 'error')
      expect(error).toMatchObject({ code: expect.stringMatching(/EPROTO|ERR_SSL/) })
    }
    expect(run.mock.callCount()).toBe(0)
    expect(prepare.mock.callCount()).toBe(0)
  })

  it('takes a secret that was replaced at once', async () => {
    const remote = newRemote()
    expect(await remote.run(accountId, async () => request)).toMatchObject([{ ok: true }])
    fileOf('secret', 'the next secret of the two, in the same file')
    expect(await remote.run(accountId, async () => request)).toMatchObject([{ ok: true }])
  })
})

describe('whoever has taken config-api over', () => {
  const expecting = { expect: '100-continue' }
  const wire = { keyId: 'key', certificates: '', trusts: [], urls: [], method: 'HEAD', deadlineMs: 1_000 }

  it.each([
    ['a key beside those of the account', { ...wire, keyId: '../other/key' }],
    ['more than a probe is', { ...wire, privateKey: true }],
    ['another method', { ...wire, method: 'TRACE' }],
    ['a trust that is not there', { ...wire, urls: [{ url: 'https://a.example/', trust: 0 }] }],
    ['as long as it likes', { ...wire, deadlineMs: 1e9 }],
  ])('can not ask for %s', async (_what, body) => {
    const { status, text } = await say('/probes/le123', JSON.stringify(body), expecting)
    expect([status, JSON.parse(text).code]).toEqual([400, 'VALIDATION_FAILED'])
  })

  it.each(ambiguousRequests)('can not ask in two ways at once: $what', async (request) => {
    const run = mock.fn(behind)
    behind = run
    const psk = readSharedKey(secretFile)
    const { port } = new URL(url)
    const options = { ...pskTls, pskCallback: () => ({ psk, identity: pskIdentity }) }
    const connection = connect({ port: Number(port), checkServerIdentity: () => undefined, ...options })
    await once(connection, 'secureConnect')
    const asked = { ...request, lines: `Expect: 100-continue\r\n${request.lines}` }
    const { answers, status, isClosed } = await refusalOf(connection, ambiguousBytes(asked, '/probes/le123'))
    expect(answers).toBeLessThanOrEqual(1)
    // What Node's parser refuses may get no answer here, or its own.
    expect([undefined, 400, 404, 417]).toContain(status)
    expect(isClosed).toBe(true)
    expect(run.mock.callCount()).toBe(0)
  })

  it('finds nothing but probes', async () => {
    expect((await say('/probes/le123', 'not JSON', expecting)).status).toBe(400)
    expect((await say('/keys/le123', '{}', expecting)).status).toBe(404)
    expect((await say('/probes/..%2fother', '{}', expecting)).status).toBe(404)
    expect((await say('/probes/le123', '{}')).status).toBe(404)
  })
})
