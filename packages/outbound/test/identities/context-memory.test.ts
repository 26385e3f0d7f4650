import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate } from '@mtls-gateway/test-kit'
import { credentialsOf } from '../support/outbound-fixture.ts'

/** About 600 KiB each. */
const contexts = 300
const mostMiB = 100

/** In its own process, whose heap nobody collects: V8 does not see what OpenSSL takes, and may wait for an hour. */
describe('the memory of TLS contexts', () => {
  let client: IssuedCertificate
  let caCertificates: string

  beforeAll(async () => {
    const ca = await createCa()
    client = await ca.issue({ commonName: 'client' })
    const cas = await Promise.all(Array.from({ length: 10 }, () => createCa({ name: 'x'.repeat(4_500) })))
    caCertificates = cas.map(({ certificate }) => certificate).join('')
  })

  it('is given back as soon as a mapping no longer trusts what it did, not when the heap is collected', async () => {
    const { contexts: held, grownMiB } = await growth(`${acquire}
      upstreams.retain('acme', { has: () => false })
      while (upstreams.identities.all().length > 0) await new Promise(setImmediate)`)
    expect(held).toBe(0)
    expect(grownMiB).toBeLessThan(mostMiB)
  })

  it('is bounded in bytes where an account uses ever other trusts', async () => {
    const { contexts: held, grownMiB } = await growth(
      `${acquire}
      await new Promise(setImmediate)`,
      { maxIdentities: 200 },
    )
    // As many as take nine tenths of 27 MiB, by an estimate that is above the truth.
    expect(held).toBeGreaterThan(15)
    expect(held).toBeLessThan(40)
    expect(grownMiB).toBeLessThan(mostMiB)
  })

  it('is given back after a call on a connection of its own', async () => {
    const { grownMiB } = await growth(`
      const call = { url: 'https://127.0.0.1:1/', method: 'GET', headers: {}, maxBodyBytes: 0 }
      const signal = AbortSignal.timeout(60_000)
      const { failure } = await callTarget(upstreams, { ...identity, trust }, { ...call, signal })
      if (failure?.code !== 'ECONNREFUSED') throw new Error(failure?.message)`)
    expect(grownMiB).toBeLessThan(mostMiB)
  })

  const acquire = `upstreams.acquire({ ...identity, trust }, 'https://localhost')`

  /** What a process grows by that does this with each of many trusts. */
  async function growth(withEach: string, settings = {}): Promise<{ contexts: number; grownMiB: number }> {
    const source = JSON.stringify(new URL('../../src/index.ts', import.meta.url))
    const script = `
      import { callTarget, createTargetTrust, UpstreamPools, TargetGuard } from ${source}
      const settings = ${JSON.stringify(settings)}
      const upstreams = new UpstreamPools({ guard: new TargetGuard({ allowCidrs: ['127.0.0.1'], ports: 'any' }), settings })
      const caCertificates = ${JSON.stringify(caCertificates)}
      const identity = { accountId: 'acme', credentials: ${JSON.stringify(credentialsOf(client))} }
      const before = process.memoryUsage.rss()
      for (let made = 0; made < ${contexts}; made++) {
        const trust = createTargetTrust({ caCertificates }, String(made))
        ${withEach}
      }
      const grownMiB = (process.memoryUsage.rss() - before) / 1_048_576
      console.log(JSON.stringify({ contexts: upstreams.identities.stats().contexts, grownMiB }))`
    const running = promisify(execFile)(process.execPath, ['--input-type=module'])
    // A script of this length is more than a command line takes.
    running.child.stdin?.end(script)
    const { stdout } = await running
    return JSON.parse(stdout)
  }
})
