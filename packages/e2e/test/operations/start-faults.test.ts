import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { compileCache, startService } from '@mtls-gateway/test-kit'
import { configApiEntry, forwarderApiEntry } from '../support/entries.ts'
import { expectSentence } from '../support/expect-problem.ts'
import { runToEnd } from '../support/run-to-end.ts'

const services = [
  {
    service: 'config-api',
    entry: configApiEntry,
    port: 'CONFIG_API_PORT',
    management: 'CONFIG_API_MANAGEMENT_PORT',
    host: 'CONFIG_API_HOST',
  },
  {
    service: 'forwarder-api',
    entry: forwarderApiEntry,
    port: 'FORWARDER_API_PORT',
    management: 'FORWARDER_API_MANAGEMENT_PORT',
    host: 'FORWARDER_API_HOST',
  },
]

describe.each(services)('$service does not start', ({ entry, port, management, host }) => {
  let dataDir: string

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'mtls-gateway-faults-'))
  })

  afterEach(() => rm(dataDir, { recursive: true, force: true }))

  const env = (changed: Record<string, string> = {}) => ({
    ...compileCache(),
    DATA_DIR: dataDir,
    [port]: '0',
    [management]: '0',
    ...changed,
  })
  const key = () => randomBytes(32).toString('base64')
  const nameIn = (output: string) => /EMBEDDED_STORE_ACCEPT=(\w+)/.exec(output)?.[1] ?? ''
  /** The settings with which a store begins that has its key from the configuration. */
  const newStore = async (masterKey: string) => {
    const { output } = await runToEnd(entry, env({ MASTER_KEY: masterKey }))
    return { MASTER_KEY: masterKey, EMBEDDED_STORE_ACCEPT: nameIn(output) }
  }

  it('with faults in its configuration, and reports them all at once', async () => {
    const wrong = {
      [port]: 'eighty',
      THROTTLE_PER_SECOND: '-1',
      TRUSTED_PROXIES: '1',
      LOG_LEVEL: 'shouting',
      PUBLIC_BASE_URLS: 'not a url',
      MASTER_KEY: 'too short',
    }
    const { code, output } = await runToEnd(entry, env(wrong))
    expect(code).toBeGreaterThan(0)
    for (const name of Object.keys(wrong)) expect(output).toContain(name)
    expect(output).not.toContain('too short')
    expect(output).not.toMatch(/\n\s+at .+:\d+:\d+/)
    expect(await readdir(dataDir)).toEqual([])
  })

  it.each([port, management])('on a busy port, and names it and %s', async (variable) => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const busy = String((other.address() as AddressInfo).port)
    try {
      const { code, output } = await runToEnd(entry, env({ [variable]: busy }))
      expect(code).toBeGreaterThan(0)
      expect(output).toContain(busy)
      expect(output).toContain(variable)
      expectSentence(output)
    } finally {
      other.close()
    }
  })

  it('with another master key than its secrets were written with, and never shows one', async () => {
    const [right, wrong] = [key(), key()]
    const first = await startService({ entry, env: env(await newStore(right)) })
    expect(await first.stop()).toBe(0)
    const { code, output } = await runToEnd(entry, env({ MASTER_KEY: wrong }))
    expect(code).toBeGreaterThan(0)
    expectSentence(output)
    expect(output).toMatch(/master key/i)
    const without = await runToEnd(entry, env())
    expect(without.code).toBeGreaterThan(0)
    for (const text of [output, without.output]) {
      expect(text).not.toContain(right)
      expect(text).not.toContain(wrong)
    }
    const again = await startService({ entry, env: env({ MASTER_KEY: right }) })
    expect(await again.stop()).toBe(0)
  })

  it('where there is a master key and no store, unless the operator wants a new one', async () => {
    const first = await startService({ entry, env: env() })
    expect(await first.stop()).toBe(0)
    for (const name of ['secrets.db', 'secrets.head']) await rm(join(dataDir, name))
    const { code, output } = await runToEnd(entry, env())
    expect(code).toBe(1)
    expectSentence(output)
    expect(output).toMatch(/^STORE_MISSING: There is a master key, but no store in /)
    const again = await startService({ entry, env: env({ EMBEDDED_STORE_ACCEPT: nameIn(output) }) })
    expect(await again.stop()).toBe(0)
    expect(again.output).toMatch(/"level":"warn".*"event":"store-head-accepted".*"mismatch":"no-store"/)
  })

  it('on a store that was cut, and says so in a sentence', async () => {
    const first = await startService({ entry, env: env() })
    expect(await first.stop()).toBe(0)
    await truncate(join(dataDir, 'secrets.db'), 5_000)
    const { code, output } = await runToEnd(entry, env())
    expect(code).toBe(1)
    expectSentence(output)
    expect(output).toMatch(/^STORE_DAMAGED: The embedded store in .*Restore a backup/)
    expect(output).not.toMatch(/\n\s+at /)
  })

  it('beyond loopback unless something ends TLS before it', async () => {
    const { code, output } = await runToEnd(entry, env({ [host]: '0.0.0.0' }))
    expect(code).toBeGreaterThan(0)
    expect(output).toContain('BEHIND_TLS_PROXY')
  })

  it('beyond loopback unless it knows the urls that callers sign', async () => {
    const { code, output } = await runToEnd(entry, env({ [host]: '0.0.0.0', BEHIND_TLS_PROXY: 'true' }))
    expect(code).toBeGreaterThan(0)
    expect(output).toContain('- PUBLIC_BASE_URLS is required')
  })
})

describe('the first start', () => {
  it('makes a master key that only its owner can read, and later ones say so if others can', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'mtls-gateway-first-'))
    try {
      const env = { DATA_DIR: dataDir, CONFIG_API_PORT: '0', CONFIG_API_MANAGEMENT_PORT: '0' }
      const service = await startService({ entry: configApiEntry, env })
      expect(await service.stop()).toBe(0)
      const { mode } = await stat(join(dataDir, 'master.key'))
      expect(mode & 0o777).toBe(0o600)
      expect(service.output).not.toContain('master-key-exposed')

      await chmod(join(dataDir, 'master.key'), 0o644)
      const second = await startService({ entry: configApiEntry, env })
      expect(await second.stop()).toBe(0)
      expect(second.output).toMatch(/"level":"warn".*"event":"master-key-exposed".*"mode":"0644"/)
    } finally {
      await rm(dataDir, { recursive: true, force: true })
    }
  })
})
