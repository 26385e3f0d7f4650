import { execFile, execFileSync } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { createCa, freePort, type IssuedCertificate, readTree } from '@mtls-gateway/test-kit'
import { adminEntry } from '../support/entries.ts'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { leaksOf } from '../support/leaks.ts'
import { serviceEnv } from '../support/service-env.ts'
import { System } from '../support/system.ts'
import { mustBe, type Tenant } from '../support/tenant.ts'
import type { AppKey } from '../support/wire.ts'

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

let system: System
let tenant: Tenant
let appKey: AppKey
let identity: IssuedCertificate
let backup: string
/** Names the master key that the backup was made with. */
let fingerprint: string

/** As an operator runs it beside config-api. */
function mtlsAdmin(...words: string[]): Promise<Ended> {
  return mtlsAdminWith({}, ...words)
}

async function mtlsAdminWith(settings: Record<string, string>, ...words: string[]): Promise<Ended> {
  const env = { ...serviceEnv('config-api', system.dataDir, system.backends, {}), ...settings }
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [adminEntry, ...words], { env })) }
  } catch (error) {
    // What execFile rejects with.
    return error as Ended
  }
}

const list = () => system.toConfigApi({ oauth1: appKey }).json('GET', tenant.path('certificates'))

beforeAll(async () => {
  system = await System.start({ env: { LOG_LEVEL: 'trace' } })
  backup = join(system.directory, 'backup')
  tenant = await system.newTenant()
  appKey = await tenant.newAppKey()
  identity = await (await createCa()).issue({ commonName: 'secret' })
  await tenant.saveCertificate('c1', identity)
})
afterAll(() => system?.stop())

it('makes a token that running services take', async () => {
  const { stdout } = await mtlsAdmin('token', '--account', tenant.id, '--scope', 'mtls:read')
  const reader = system.toConfigApi({ bearer: stdout.trim() })
  mustBe(200, await reader.json('GET', tenant.path('certificates')))
  const wish = { label: 'tests', scopes: ['mtls:read'] }
  expectProblem(await reader.json('POST', tenant.path('app-keys'), wish), 403, 'SCOPE_MISSING')
})

it('backs up the store of running services, which go on reading and writing', async () => {
  const backingUp = mtlsAdmin('backup', backup)
  let isDone = false
  const done = backingUp.finally(() => {
    isDone = true
  })
  while (!isDone) {
    await tenant.newAppKey()
    mustBe(200, await list())
  }
  const { code, stdout } = await done
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/\d+ secrets, checked/) })
  fingerprint = /master key: ([0-9a-f]{32})/.exec(stdout)?.[1] ?? ''
})

it('finds nothing to fix in what the services have made', async () => {
  expect(await mtlsAdmin('doctor')).toMatchObject({ code: 0, stdout: expect.stringContaining(' 0 to fix') })
})

it('asks the egress proxies that the settings name', async () => {
  const file = join(system.directory, 'egress-proxies.json')
  const url = `http://127.0.0.1:${await freePort()}`
  await writeFile(file, JSON.stringify({ '*': { url, username: 'gateway', password: 'secret' } }))
  const { code, stdout } = await mtlsAdminWith({ EGRESS_PROXIES_FILE: file }, 'doctor')
  expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(/^fail +EGRESS_PROXIES_FILE +127/m) })
})

it('gathers what helps to find a fault, without any secret of the system', async () => {
  const [log, file] = [join(system.directory, 'log'), join(system.directory, 'bundle.tar.gz')]
  await writeFile(log, system.output)
  const { url, managementUrl } = system.configApi
  const own = ['--url', url, '--management-url', managementUrl]
  expect(await mtlsAdmin('support-bundle', file, '--log', log, ...own)).toMatchObject({ code: 0 })
  const folder = join(system.directory, 'bundle')
  await mkdir(folder)
  execFileSync('tar', ['-xzf', file, '-C', folder])
  const texts = await readTree(folder)

  const scalar = createPrivateKey(identity.privateKey).export({ format: 'jwk' }).d ?? ''
  const secrets = {
    'the app secret': appKey.appSecret,
    'a private key': Buffer.from(scalar, 'base64url'),
    'the master key': await readFile(join(system.dataDir, 'master.key')),
    'the key of the token issuer': await readFile(join(system.dataDir, 'issuer.key')),
  }
  expect(leaksOf(secrets, texts)).toEqual([])
  const named = (name: string) => {
    const [, text] = Object.entries(texts).find(([path]) => path.endsWith(`/${name}`)) ?? []
    return Buffer.from(text ?? '').toString()
  }
  expect(named('service.log')).toContain('"event":"request"')
  expect(named('health.json')).toContain('"status":"ok"')
  expect(named('metrics.txt')).toContain('process_cpu_seconds_total')
})

it('rotates the master key under running services, which read and write on', async () => {
  const key = join(system.dataDir, 'master.key')
  const before = await readFile(key)
  const [rotated, ...answers] = await Promise.all([mtlsAdmin('rotate-master-key'), list(), tenant.newAppKey()])
  expect(rotated).toMatchObject({ code: 0, stdout: expect.stringContaining('sealed under the new key') })
  expect(answers[0]).toMatchObject({ status: 200 })
  expect(await readFile(key)).not.toEqual(before)

  await tenant.newAppKey()
  mustBe(200, await list())
  expect(await mtlsAdmin('doctor')).toMatchObject({ code: 0, stdout: expect.stringContaining('rm master.key.old') })
  expect(system.output).not.toMatch(/STORE_DAMAGED|store-head-mismatch/)
})

it('restores what was deleted since the backup, once no service runs', async () => {
  mustBe(200, await tenant.api.json('DELETE', tenant.path(`app-keys/${appKey.appKey}`)))
  expectProblem(await list(), 401, 'OAUTH_CREDENTIALS_INVALID')
  const oldKey = join(system.dataDir, 'master.key.old')
  const withOldKey = ['restore', backup, '--force', '--master-key-file', oldKey]
  const words = [...withOldKey, '--accept-master-key', fingerprint]
  expect(await mtlsAdmin(...words)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('stop all services first'),
  })

  await Promise.all([system.stopConfigApi(), system.stopForwarderApi()])
  // The backup is from before the rotation.
  expect(await mtlsAdmin('restore', backup, '--force')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('another master key'),
  })
  expect(await mtlsAdmin(...withOldKey)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`add --accept-master-key ${fingerprint}`),
  })
  expect(await mtlsAdmin(...words)).toMatchObject({ code: 0 })
  await Promise.all([system.startConfigApi(), system.startForwarderApi()])

  expect((await list()).status).toBe(200)
})

it('says what the restore has brought back, and deletes it again if it is told to', async () => {
  expect(await mtlsAdmin('store', 'restored', '--revoke')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`${appKey.appKey}: deleted again`),
  })
  await eventually(list, ({ status }) => status === 401)
})
