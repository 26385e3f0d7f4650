import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { mock } from 'node:test'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import { parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { openEmbeddedStore, recordPath } from '@mtls-gateway/secret-store'
import { type IssuedCertificate, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { Prober, type ProberOptions } from '../src/prober/prober.ts'
import type { ProbeRequest } from '../src/prober/prober-job.ts'

const accountId = parseAccountId('le123')
const keyId = parseRecordId('key')

describe('a prober', () => {
  let directory: string
  let target: TestTarget
  let identity: IssuedCertificate
  let options: Omit<ProberOptions, 'places'>

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

  const newProber = (changes: Partial<ProberOptions> = {}) => {
    const waiting = { total: 9, share: 8, reserve: 1, limitMs: 60_000 }
    return new Prober({
      places: new Bulkhead('probes', { total: 3, share: 2, reserve: 1, waiting }),
      ...options,
      ...changes,
    })
  }
  const tryOut = (prober: Prober, request: ProbeRequest) => prober.run(request.accountId, async () => request)
  const requestFor = (...urls: readonly string[]) => ({
    accountId,
    keyId,
    certificates: [identity.certificate, ...identity.chain].join(''),
    urls: urls.map((url) => ({ url, trust: undefined })),
    method: 'HEAD',
    deadlineMs: 10_000,
  })

  it('tries a stored key in another process, and hands back a report without it', async () => {
    const prober = newProber()
    const trials = await tryOut(prober, requestFor(`${target.url}/`, 'https://localhost:1/'))
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
    const prober = newProber({ store: { ...store, directory: relative(process.cwd(), directory) } })
    expect(await tryOut(prober, requestFor(`${target.url}/`))).toMatchObject([{ ok: true }])
    await prober.close()
  })

  it('tells that a key is not there', async () => {
    const prober = newProber()
    const request = { ...requestFor(`${target.url}/`), keyId: parseRecordId('gone') }
    await expect(tryOut(prober, request)).rejects.toMatchObject({ name: 'CodedError', code: 'CLIENT_KEY_MISSING' })
    await prober.close()
  })

  it('tells of what it had no time left for', async () => {
    const prober = newProber()
    const slow = Array.from({ length: 9 }, (_, n) => `${target.url}/slow?ms=5000&n=${n}`)
    const trials = await tryOut(prober, { ...requestFor(...slow), deadlineMs: 300 })
    expect(trials.map(({ failure }) => failure?.code)).toEqual(Array(9).fill('TIMEOUT'))
    expect(trials.at(-1)?.failure?.message).toMatch(/before this url had its turn/)
    await prober.close()
  })

  it('ends with its processes', async () => {
    const prober = newProber()
    target.clear()
    const hanging = [1, 2, 3, 4].map(() => tryOut(prober, requestFor(`${target.url}/slow?ms=60000`)))
    const outcomes = Promise.allSettled(hanging)
    await prober.close()
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { code: 'SHUTTING_DOWN' } })
  })

  it('turns away what would wait for too long, before anything is written about it', async () => {
    const prober = newProber()
    const hanging = requestFor(`${target.url}/slow?ms=60000`)
    const outcomes = Promise.allSettled(Array.from({ length: 10 }, () => tryOut(prober, hanging)))
    const prepare = mock.fn(async () => hanging)
    await expect(prober.run(accountId, prepare)).rejects.toMatchObject({ code: 'TOO_MANY_CALLS', retryAfterSeconds: 5 })
    expect(prepare.mock.callCount()).toBe(0)
    await prober.close()
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { code: 'SHUTTING_DOWN' } })
  })

  it('answers one account while another has all that it may have', async () => {
    const prober = newProber()
    const hanging = requestFor(`${target.url}/slow?ms=60000`)
    const outcomes = Promise.allSettled(Array.from({ length: 10 }, () => tryOut(prober, hanging)))
    const other = parseAccountId('other')
    await expect(prober.run(other, async () => requestFor(`${target.url}/`))).resolves.toMatchObject([{ ok: true }])
    await prober.close()
    await outcomes
  })

  it('that has no access to keys says what the operator has to do', async () => {
    const prober = newProber({ store: undefined })
    const notConfigured = { code: 'PROBER_NOT_CONFIGURED' }
    await expect(tryOut(prober, requestFor(`${target.url}/`))).rejects.toMatchObject(notConfigured)
  })
})
