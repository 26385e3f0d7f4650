import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Bulkheads } from '@mtls-gateway/bulkhead'
import { type Isolation, noIsolation, Ranks } from '@mtls-gateway/isolated-jobs'
import { childIsolation, KeyMaterialPool } from '@mtls-gateway/key-material'
import { createCa } from '@mtls-gateway/test-kit'
import { Child } from '../../src/pool/child.ts'
import { p12, password } from '../support/files.ts'

const script = fileURLToPath(new URL('./connecting-worker.ts', import.meta.url))
const isRoot = process.getuid?.() === 0

/** Whether the platform allows this at all, found out in another way than in the tested code. */
function allows(...command: readonly string[]): boolean {
  const [program = '', ...args] = command
  return spawnSync(program, args).status === 0
}

describe('a process that reads an uploaded file', () => {
  let isolation: Isolation
  let listener: Server
  let connections = 0

  beforeAll(async () => {
    isolation = await childIsolation()
    listener = createServer((socket) => {
      connections += 1
      socket.destroy()
    }).listen(0, '127.0.0.1')
    await once(listener, 'listening')
  })
  afterAll(() => void listener.close())

  /** What injected code gets when it connects to the listener. */
  async function connectFrom(isolation: Isolation): Promise<unknown> {
    const child = new Child({ deadlineMs: 30_000, waitMs: 30_000, maxRssBytes: 2 ** 30, isolation, script })
    const { port } = listener.address() as AddressInfo
    const input = { kind: 'pem', certificate: String(port), privateKey: '' } as const
    const outcome = await child.run({ kind: 'examine', input, allowance: 0 })
    await child.end()
    return outcome
  }

  it('has as much isolation as the platform allows', () => {
    const network = allows('unshare', '--user', '--net', 'true') || (isRoot && allows('unshare', '--net', 'true'))
    expect(isolation.network).toBe(network)
    expect(isolation.user).toBe(network || (isRoot && allows('setpriv', '--reuid', '1', 'true')))
  })

  it('connects to nothing where the platform has namespaces, and would without them', async () => {
    expect(await connectFrom(noIsolation)).toMatchObject({ examination: { outcome: 'connected' } })
    expect(connections).toBe(1)
    const outcome = isolation.network ? 'ENETUNREACH' : 'connected'
    expect(await connectFrom(isolation)).toMatchObject({ examination: { outcome } })
    expect(connections).toBe(isolation.network ? 1 : 2)
  })

  it('is not the user of the service, where that is root or there are namespaces', async () => {
    const uid = (outcome: unknown) => (outcome as { examination: { uid: number } }).examination.uid
    expect(uid(await connectFrom(noIsolation))).toBe(process.getuid?.())
    const isSame = uid(await connectFrom(isolation)) === process.getuid?.()
    expect(isSame).toBe(!isolation.user)
  })

  it('reads files all the same', async () => {
    const identity = await (await createCa()).issue({ commonName: 'client' })
    const pool = new KeyMaterialPool({ bulkheads: new Bulkheads(), ranks: new Ranks(), isolation })
    const { report } = await pool.examine('one', { kind: 'pkcs12', bytes: p12(identity), password })
    expect(report.readable).toBe(true)
    await pool.close()
  })
})
