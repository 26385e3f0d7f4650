import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { PendingIssuance, Plan } from '@mtls-gateway/contract'
import {
  freePort,
  type NameServer,
  type PebbleServer,
  startNameServer,
  startPebble,
  withTools,
} from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { System } from '../support/system.ts'
import { mustBe } from '../support/tenant.ts'

const at = (token: string) => `/.well-known/acme-challenge/${token}`
const token = 'DGyRejmCefe7v4NfDGDKfA'

withTools(describe, 'Pebble')('a CA that wants names proved', () => {
  let directory: string
  let names: NameServer
  let pebble: PebbleServer
  let system: System

  const file = (name: string) => join(directory, name)
  const newAccountKey = () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    return writeFile(file('account.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'acme-proofs-'))
    names = await startNameServer(() => ({ addresses: ['127.0.0.1'], ttl: 0 }))
    const port = await freePort()
    pebble = await startPebble({ httpPort: port, nameServer: names.address, env: { PEBBLE_AUTHZREUSE: '0' } })
    await newAccountKey()
    await writeFile(file('server-ca.pem'), pebble.serverCa)
    await writeFile(file('ca.pem'), await pebble.root())
    const profile = {
      ...{ name: 'acme', kind: 'acme', description: 'A CA that speaks ACME.', accounts: 'all' },
      directoryUrl: pebble.directoryUrl,
      serverCaFile: file('server-ca.pem'),
      accountKeyFile: file('account.pem'),
      caFile: file('ca.pem'),
    }
    await writeFile(file('issuers.json'), JSON.stringify({ profiles: [profile] }))
    const configApiEnv = { CONFIG_API_PORT: `${port}`, ISSUERS_FILE: file('issuers.json') }
    system = await System.start({ configApiOnly: true, configApiEnv })
  })
  afterAll(async () => {
    await system?.stop()
    await pebble?.stop()
    names?.close()
    await rm(directory, { recursive: true, force: true })
  })

  /** Pebble signs for servers alone, which the gateway refuses: by then it has seen the proofs, and has signed. */
  async function expectProved() {
    const tenant = await system.newTenant()
    const subject = { commonName: 'a.bank.example' }
    const order = { name: 'c1', profile: 'acme', subject, subjectAltNames: ['a.bank.example', 'b.bank.example'] }
    const issued = await tenant.api.json<PendingIssuance>('POST', tenant.path('certificates/issue'), order)
    mustBe(202, issued)
    const path = tenant.path(`certificates/${issued.body.certificate.id}/plan`)
    const plan = await eventually(
      async () => (await tenant.api.json<Plan>('GET', path)).body,
      ({ lastFailure }) => lastFailure !== null,
    )
    expect(plan.lastFailure).toMatchObject({ step: 'order', code: 'ISSUED_WITHOUT_CLIENT_AUTH' })
  }

  it('finds them proved by config-api, before and after a change of the account key', async () => {
    await expectProved()
    await newAccountKey()
    await setTimeout(1_100)
    await expectProved()
  })

  it('gets text, and no more than the token and the thumbprint', async () => {
    const { status, headers, body } = await system.toConfigApi().raw({ method: 'GET', path: at(token) })
    expect(status).toBe(200)
    expect(headers).toMatchObject({ 'content-type': 'text/plain', 'x-content-type-options': 'nosniff' })
    expect(body.toString()).toMatch(new RegExp(`^${token}\\.[A-Za-z0-9_-]{43}$`))
  })

  it.each(['short', `${token}.`, `${token}%2F..`])('gets nothing for what is no token: %s', async (other) => {
    expectProblem(await system.toConfigApi().json('GET', at(other)), 404, 'NOT_FOUND')
  })
})
