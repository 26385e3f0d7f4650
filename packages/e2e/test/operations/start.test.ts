import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type ServiceProcess, startService } from '@mtls-gateway/test-kit'
import { adminEntry, cliEntry, configApiEntry, forwarderApiEntry, proberEntry } from '../support/entries.ts'
import { LoadedCode } from '../support/loaded-code.ts'
import { runToEnd } from '../support/run-to-end.ts'

const services = [
  { service: 'config-api', entry: configApiEntry },
  { service: 'forwarder-api', entry: forwarderApiEntry },
]

/** What a service on the embedded backends has no use for. */
const unused =
  /^(@opentelemetry\/(?!api\/)[^/]+|@redis|redis|hashi-vault-js|axios|got|swagger-ui-dist|@fastify\/static)\/|\/swagger-(module|scanner|explorer)\.js$/

let directory: string
let loaded: LoadedCode

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mtls-gateway-start-'))
  loaded = new LoadedCode(directory)
})

afterEach(() => rm(directory, { recursive: true, force: true }))

const env = () => ({
  CONFIG_API_PORT: '0',
  CONFIG_API_MANAGEMENT_PORT: '0',
  FORWARDER_API_PORT: '0',
  FORWARDER_API_MANAGEMENT_PORT: '0',
  DATA_DIR: directory,
})

describe.each(services)('the start of $service', ({ entry }) => {
  let service: ServiceProcess | undefined

  afterEach(() => service?.stop())

  it('loads a few files, and no library that is not used', async () => {
    service = await startService({ entry, env: { ...env(), ...loaded.env } })
    expect((await loaded.files()).length).toBeLessThan(25)
    const modules = await loaded.libraryModules()
    expect(modules).toContainEqual(expect.stringMatching(/^fastify\//))
    expect(modules.filter((path) => unused.test(path))).toEqual([])
  })

  it('leaves OpenAPI to the first request for it', async () => {
    service = await startService({ entry, env: { ...env(), ...loaded.env } })
    expect((await fetch(`${service.url}/docs-json`)).status).toBe(200)
    expect(await loaded.libraryModules()).toContainEqual(expect.stringMatching(/\/swagger-module\.js$/))
  })

  it('names our sources in the stack of a defect, if Node is asked for that', async () => {
    const hook = new URL('../fixtures/fail-to-listen.ts', import.meta.url).href
    const { code, output } = await runToEnd(entry, { ...env(), NODE_OPTIONS: `--enable-source-maps --import=${hook}` })
    expect(code).toBe(1)
    expect(output).toMatch(/TypeError: a defect\n.* at .*packages\/service-kit\/src\/server\/listen\.ts:\d+:\d+/s)
  })
})

describe('the start of the prober', () => {
  it('loads a few files, and no library of what it has no use for', async () => {
    const secretFile = join(directory, 'secret')
    await writeFile(secretFile, 'a secret of more than thirty-two characters')
    const own = { PROBER_PORT: '0', PROBER_MANAGEMENT_PORT: '0', PROBER_SECRET_FILE: secretFile }
    const vault = { VAULT_ADDR: 'https://vault.example:8200', VAULT_KUBERNETES_ROLE: 'prober' }
    const prober = await startService({ entry: proberEntry, env: { ...own, ...vault, ...loaded.env } })
    expect(await prober.stop()).toBe(0)
    expect((await loaded.files()).length).toBeLessThan(20)
    expect((await loaded.libraryModules()).filter((path) => unused.test(path))).toEqual([])
  })
})

describe.each([
  { name: 'mtls', entry: cliEntry, words: ['--version'], most: 15 },
  {
    name: 'mtls-admin token',
    entry: adminEntry,
    words: ['token', '--account', 'le123', '--scope', 'mtls:read'],
    most: 25,
  },
])('the start of $name', ({ entry, words, most }) => {
  it('loads a few files', async () => {
    await runToEnd(entry, { ...env(), ...loaded.env }, words)
    expect((await loaded.files()).length).toBeLessThan(most)
    expect((await loaded.libraryModules()).filter((path) => /^(openid-client|oauth4webapi)\//.test(path))).toEqual([])
  })
})
