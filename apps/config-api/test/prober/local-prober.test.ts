import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { constants, getPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { mock } from 'node:test'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import { type AccountId, parseAccountId, parseRecordId, type RecordId } from '@mtls-gateway/domain'
import { Ranks } from '@mtls-gateway/isolated-jobs'
import { openEmbeddedStore, recordPath, type SecretStore } from '@mtls-gateway/secret-store'
import { createCa, type IssuedCertificate, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { LocalProber, type LocalProberOptions } from '../../src/prober/local-prober.ts'
import type { ProbeRequest } from '../../src/prober/prober-job.ts'

const accountId = parseAccountId('le123')
const other = parseAccountId('other')
const keyId = parseRecordId('key')

interface ChildProcess {
  readonly command: string
  readonly priority: number
}

/** Those of this process. */
function childIds(): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      const [, parent] = /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
      return Number(parent) === process.pid
    } catch {
      // Not a process, or one that has ended.
      return false
    }
  })
}

/** Processes that other test files have left running do not belong to the prober. */
const earlier = new Set(childIds())

function children(): readonly ChildProcess[] {
  return childIds().flatMap((pid) => {
    if (earlier.has(pid)) return []
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      return [{ command, priority: getPriority(Number(pid)) }]
    } catch {
      return [] // It has ended.
    }
  })
}

describe('a prober', () => {
  let directory: string
  let target: TestTarget
  let identity: IssuedCertificate
  let store: SecretStore
  const ranks = new Ranks()
  let options: Omit<LocalProberOptions, 'places'>

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'prober-'))
    store = openEmbeddedStore({ directory })
    target = await startTestTarget()
    identity = await target.clientCa.issue({ commonName: 'probed' })
    for (const account of [accountId, other]) await putKey(account, keyId, identity.privateKey)
    options = {
      keys: { kind: 'embedded', store, keyMaterial: { signRequest: neverSigned } },
      guard: { allowCidrs: ['127.0.0.0/8', '::1'], ports: 'any' },
      extraCa: [target.ca],
      ranks,
    }
  })

  afterAll(async () => {
    await target.close()
    await store.close()
    rmSync(directory, { recursive: true })
  })

  async function putKey(account: AccountId, id: RecordId, privateKey: string): Promise<void> {
    await store.put(recordPath('keys', account, id), { privateKey }, 0)
  }

  const newProber = (changes: Partial<LocalProberOptions> = {}) => {
    const waiting = { total: 9, share: 8, reserve: 1, limitMs: 60_000 }
    return new LocalProber({
      places: new Bulkhead('probes', { total: 3, share: 2, reserve: 1, waiting }),
      ...options,
      ...changes,
    })
  }
  const probe = (prober: LocalProber, request: ProbeRequest) => prober.run(accountId, async () => request)
  const requestFor = (...urls: readonly string[]) => ({
    keyId,
    certificates: [identity.certificate, ...identity.chain].join(''),
    urls: urls.map((url) => ({ url, trust: undefined, tls: undefined })),
    method: 'HEAD',
    deadlineMs: 10_000,
  })

  it('probes with a stored key in another process, and hands back a report without it', async () => {
    const prober = newProber()
    const targets = await probe(prober, requestFor(`${target.url}/`, 'https://localhost:1/'))
    expect(targets).toMatchObject([
      { ok: true, status: 200 },
      { ok: false, failure: { code: 'ECONNREFUSED' } },
    ])
    expect(target.seen).toMatchObject([{ clientCertificate: { commonName: 'probed' } }])
    const [, line = ''] = identity.privateKey.split('\n')
    expect(JSON.stringify(targets)).not.toContain(line)
    await prober.close()
  })

  it('tells that a key is not there', async () => {
    const prober = newProber()
    const request = { ...requestFor(`${target.url}/`), keyId: parseRecordId('gone') }
    await expect(probe(prober, request)).rejects.toMatchObject({ name: 'CodedError', code: 'CLIENT_KEY_MISSING' })
    await prober.close()
  })

  it('tells of what it had no time left for', async () => {
    const prober = newProber()
    const slow = Array.from({ length: 9 }, (_, n) => `${target.url}/slow?ms=5000&n=${n}`)
    const targets = await probe(prober, { ...requestFor(...slow), deadlineMs: 300 })
    expect(targets.map(({ failure }) => failure?.code)).toEqual(Array(9).fill('TIMEOUT'))
    expect(targets.at(-1)?.failure?.message).toMatch(/before this url had its turn/)
    await prober.close()
  })

  it('ends with its processes', async () => {
    const prober = newProber()
    target.clear()
    const hanging = [1, 2, 3, 4].map(() => probe(prober, requestFor(`${target.url}/slow?ms=60000`)))
    const outcomes = Promise.allSettled(hanging)
    await prober.close()
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { code: 'SHUTTING_DOWN' } })
  })

  it('turns away what would wait for too long, before anything is written about it', async () => {
    const prober = newProber()
    const hanging = requestFor(`${target.url}/slow?ms=60000`)
    const outcomes = Promise.allSettled(Array.from({ length: 10 }, () => probe(prober, hanging)))
    const prepare = mock.fn(async () => hanging)
    await expect(prober.run(accountId, prepare)).rejects.toMatchObject({ code: 'TOO_MANY_CALLS', retryAfterSeconds: 5 })
    expect(prepare.mock.callCount()).toBe(0)
    await prober.close()
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { code: 'SHUTTING_DOWN' } })
  })

  it('answers one account while another has all that it may have', async () => {
    const prober = newProber()
    const hanging = requestFor(`${target.url}/slow?ms=60000`)
    const outcomes = Promise.allSettled(Array.from({ length: 10 }, () => probe(prober, hanging)))
    await expect(prober.run(other, async () => requestFor(`${target.url}/`))).resolves.toMatchObject([{ ok: true }])
    await prober.close()
    await outcomes
  })

  it('reads keys of the account that it is asked for, and of no other', async () => {
    const prober = newProber()
    const stranger = prober.run(parseAccountId('stranger'), async () => requestFor(`${target.url}/`))
    await expect(stranger).rejects.toMatchObject({ code: 'CLIENT_KEY_MISSING' })
    await prober.close()
  })

  it('calls only what the target guard lets through', async () => {
    const prober = newProber({ guard: { allowCidrs: [], ports: [443] } })
    const targets = await probe(prober, requestFor(`${target.url}/`, 'https://127.0.0.1/'))
    expect(targets.map(({ failure }) => failure?.code)).toEqual(['TARGET_PORT_REFUSED', 'TARGET_ADDRESS_REFUSED'])
    await prober.close()
  })

  it('tells what a target asks for that refuses the certificate', async () => {
    const strange = await (await createCa({ name: 'Strange CA' })).issue({ commonName: 'strange' })
    const strangeKey = parseRecordId('strange')
    await putKey(accountId, strangeKey, strange.privateKey)
    const prober = newProber()
    const request = { ...requestFor(`${target.url}/`), keyId: strangeKey, certificates: strange.certificate }
    expect(await probe(prober, request)).toMatchObject([
      { ok: false, refusal: { acceptableIssuers: [expect.stringMatching(/^CN=/)], chainAcceptable: false } },
    ])
    await prober.close()
  })

  /** The processes while the call of a probe waits for its handshake. */
  async function childrenOfProbe(): Promise<readonly ChildProcess[]> {
    const seen: (readonly ChildProcess[])[] = []
    const closing = createServer((socket) => {
      seen.push(children())
      socket.destroy()
    }).listen(0, '127.0.0.1')
    await once(closing, 'listening')
    const { port } = closing.address() as AddressInfo
    const prober = newProber()
    const targets = await probe(prober, requestFor(`https://127.0.0.1:${port}/`))
    await prober.close()
    closing.close()
    expect(targets).toMatchObject([{ ok: false }])
    expect(seen.length).toBe(1)
    return seen.flat()
  }

  it('lets no process that meets targets do more than read code, host names and one key', async () => {
    const commands = (await childrenOfProbe()).map(({ command }) => command)
    expect(commands).toEqual([expect.stringMatching(/ --permission .*--no-experimental-sqlite .*prober-worker/)])
    const allowed = commands.flatMap((command) => command.split(' ').filter((flag) => flag.startsWith('--allow-')))
    expect(allowed).toContain('--allow-fs-read=/etc/hosts')
    expect(allowed.filter((flag) => !flag.startsWith('--allow-fs-read='))).toEqual([])
    expect(allowed.filter((flag) => flag.includes(directory))).toEqual([])
  })

  it("goes after the account's first process, whatever that does for the service", async () => {
    const priorities = async () => (await childrenOfProbe()).map(({ priority }) => priority)
    const { PRIORITY_BELOW_NORMAL, PRIORITY_LOW } = constants.priority
    expect(await priorities()).toEqual([PRIORITY_BELOW_NORMAL])
    expect(await ranks.run(accountId, priorities)).toEqual([PRIORITY_LOW])
  })
})

async function neverSigned(): Promise<never> {
  throw new TypeError('nothing is signed')
}
