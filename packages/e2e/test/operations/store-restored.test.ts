import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { type ApiClient, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { beginEpoch } from '../support/begin-epoch.ts'
import { eventually } from '../support/eventually.ts'
import { type Propagation, RotatedTenant } from '../support/rotated-tenant.ts'
import { System } from '../support/system.ts'
import { lp, mustBe } from '../support/tenant.ts'

let target: TestTarget
let system: System

beforeAll(async () => {
  target = await startTestTarget()
  system = await System.start({ targets: [target], env: { STORE_EPOCH_TTL: '5m' } })
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

async function copyDatabase(from: string, to: string): Promise<void> {
  const database = new DatabaseSync(from)
  await backup(database, to)
  database.close()
}

it('a forwarder that ran on while the embedded store was put back to a copy drops what it holds', async () => {
  const issue = (commonName: string) => target.clientCa.issue({ commonName })
  const rotated = await RotatedTenant.onboard(system, await issue('first'), `${target.url}/`)
  const { tenant } = rotated
  const doomed = await tenant.newAppKey()
  const [store, copy] = [join(system.dataDir, 'secrets'), join(system.dataDir, 'copy')]
  await copyFile(`${store}.head`, `${copy}.head`)
  await copyDatabase(`${store}.db`, `${copy}.db`)

  await rotated.replace(await issue('second'))
  const lost = await tenant.newAppKey()
  await tenant.newAppKey()
  const call = (client: ApiClient) => () => client.json('GET', tenant.forwardPath, undefined, lp(`${target.url}/`))
  const [withDoomed, withLost] = [doomed, lost].map((oauth1) => call(system.toForwarderApi({ oauth1 })))
  if (!withDoomed || !withLost) throw new TypeError('there are two keys')
  for (const make of [withDoomed, withLost]) expect(await make()).toMatchObject({ status: 200 })
  expect(await rotated.presented(rotated.caller())).toBe('second')

  await system.stopConfigApi()
  await copyDatabase(`${copy}.db`, `${store}.db`)
  await copyFile(`${copy}.head`, `${store}.head`)
  await system.startConfigApi()
  // It listens on another port now.
  const api = system.toConfigApi({ bearer: await system.token() })
  const propagation = () => api.json<Propagation>('GET', tenant.path(`certificates/${rotated.certificate}/propagation`))
  expect((await propagation()).body.complete).toBe(false)

  const report = await beginEpoch(system.envOf('config-api'))
  expect(report).toMatchObject({ previous: expect.any(String), forwarders: [{ onEpoch: true }] })
  expect(await withLost()).toMatchObject({ status: 401 })
  expect(await rotated.presented(rotated.caller())).toBe('first')
  expect(await withDoomed()).toMatchObject({ status: 200 })
  mustBe(200, await api.json('DELETE', tenant.path(`app-keys/${doomed.appKey}`)))
  await eventually(withDoomed, ({ status }) => status === 401)
  await eventually(propagation, ({ body }) => body.complete)
})
