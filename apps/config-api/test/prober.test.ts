import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { openEmbeddedStore, recordPath } from '@mtls-gateway/secret-store'
import { type IssuedCertificate, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { Prober, type ProberOptions } from '../src/prober/prober.ts'

const accountId = parseAccountId('le123')
const keyId = parseRecordId('key')

describe('a prober', () => {
  let directory: string
  let target: TestTarget
  let identity: IssuedCertificate
  let options: ProberOptions

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'prober-'))
    target = await startTestTarget()
    identity = await target.clientCa.issue({ commonName: 'probed' })
    const masterKey = createHash('sha256').update('a key of the configuration').digest()
    const store = openEmbeddedStore({ directory, masterKey })
    await store.put(recordPath('keys', accountId, keyId), { privateKey: identity.privateKey }, 0)
    await store.close()
    options = {
      store: { kind: 'embedded', directory, masterKey },
      guard: { allowCidrs: ['127.0.0.0/8', '::1'], ports: 'any' },
      extraCa: [target.ca],
    }
  })

  afterAll(async () => {
    await target.close()
    rmSync(directory, { recursive: true })
  })

  const requestFor = (...urls: readonly string[]) => ({
    accountId,
    keyId,
    certificates: [identity.certificate, ...identity.chain].join(''),
    urls: urls.map((url) => ({ url, trust: undefined })),
    method: 'HEAD',
    deadlineMs: 10_000,
  })

  it('tries a stored key in another process, and hands back a report without it', async () => {
    const prober = new Prober(options)
    const trials = await prober.try(requestFor(`${target.url}/`, 'https://localhost:1/'))
    expect(trials).toMatchObject([
      { ok: true, status: 200 },
      { ok: false, failure: { code: 'ECONNREFUSED' } },
    ])
    expect(target.seen).toMatchObject([{ clientCertificate: { commonName: 'probed' } }])
    const [, line = ''] = identity.privateKey.split('\n')
    expect(JSON.stringify(trials)).not.toContain(line)
    await prober.close()
  })

  it('finds the store where its directory is told relatively', async () => {
    const { store } = options
    if (store?.kind !== 'embedded') throw new TypeError('it is embedded here')
    const prober = new Prober({ ...options, store: { ...store, directory: relative(process.cwd(), directory) } })
    expect(await prober.try(requestFor(`${target.url}/`))).toMatchObject([{ ok: true }])
    await prober.close()
  })

  it('tells that a key is not there', async () => {
    const prober = new Prober(options)
    const request = { ...requestFor(`${target.url}/`), keyId: parseRecordId('gone') }
    await expect(prober.try(request)).rejects.toMatchObject({ name: 'CodedError', code: 'CLIENT_KEY_MISSING' })
    await prober.close()
  })

  it('tells of what it had no time left for', async () => {
    const prober = new Prober(options)
    const slow = Array.from({ length: 9 }, (_, n) => `${target.url}/slow?ms=5000&n=${n}`)
    const trials = await prober.try({ ...requestFor(...slow), deadlineMs: 300 })
    expect(trials.map(({ failure }) => failure?.code)).toEqual(Array(9).fill('TIMEOUT'))
    expect(trials.at(-1)?.failure?.message).toMatch(/before this url had its turn/)
    await prober.close()
  })

  it('ends with its processes', async () => {
    const prober = new Prober(options)
    target.clear()
    const hanging = [1, 2, 3, 4].map(() => prober.try(requestFor(`${target.url}/slow?ms=60000`)))
    const outcomes = Promise.allSettled(hanging)
    await prober.close()
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { code: 'SHUTTING_DOWN' } })
  })

  it('turns away what would wait for too long', async () => {
    const prober = new Prober(options)
    const outcomes = Promise.allSettled(
      Array.from({ length: 35 }, () => prober.try(requestFor(`${target.url}/slow?ms=60000`))),
    )
    expect(() => prober.admit()).toThrow(expect.objectContaining({ code: 'TOO_MANY_CALLS', retryAfterSeconds: 5 }))
    await prober.close()
    const codes = (await outcomes).map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'done'))
    expect(codes.filter((code) => code === 'TOO_MANY_CALLS')).toHaveLength(1)
  })

  it('that has no access to keys says what the operator has to do', async () => {
    const prober = new Prober({ ...options, store: undefined })
    expect(() => prober.admit()).toThrow(expect.objectContaining({ code: 'PROBER_NOT_CONFIGURED' }))
    await expect(prober.try(requestFor(`${target.url}/`))).rejects.toMatchObject({ code: 'PROBER_NOT_CONFIGURED' })
  })
})
