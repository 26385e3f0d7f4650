import type { ServiceProcess } from '@mtls-gateway/test-kit'
import { startBackends } from './support/backends.ts'
import { test as base, expect, skipWithout } from './support/browser-test.ts'
import { ConsoleSystem } from './support/console-system.ts'
import { expectPage } from './support/on-the-page.ts'

interface WorkerFixtures {
  readonly system: ConsoleSystem
  readonly second: ServiceProcess
}

/** A system of its own: several forwarders need a Vault and a Redis. */
const test = base.extend<object, WorkerFixtures>({
  system: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from it what a fixture needs
    async ({}, use) => {
      await using running = new AsyncDisposableStack()
      const system = await ConsoleSystem.start({ env: await startBackends(running) })
      await use(system)
      await system.stop()
    },
    { scope: 'worker', timeout: 180_000 },
  ],
  second: [({ system }, use) => system.startForwarder().then(use), { scope: 'worker', timeout: 180_000 }],
})

skipWithout('OpenBao', 'redis-server')

test('the receipt of a rotation fills without a reload, and says so when a forwarder is down', async ({
  page,
  account,
  system,
  second,
  expectedFaults,
}) => {
  // A Redis that has just started knows no forwarder yet.
  expectedFaults.push(/^503 GET .*propagation/)
  const { clientCa, url } = system.target
  const certificateId = await account.addCertificate('bank', await clientCa.issue({ commonName: 'first.example' }))
  await account.map('token', `${url}/token`, certificateId)
  for (const forwarder of [system.forwarderApi, second]) {
    const call = await account.caller(forwarder.url)
    expect((await call(`${url}/token`)).status).toBe(200)
  }
  await account.stage(certificateId, await clientCa.issue({ commonName: 'first.example' }))
  await page.goto(account.path(`certificates/${certificateId}/rotate`))
  await expectPage(page, 'Rotate bank')
  const promote = page.getByRole('listitem', { name: /^Promote it/ })
  const everywhere = page.getByRole('listitem', { name: /^Presented everywhere/ })
  await promote.getByRole('button', { name: 'Promote', exact: true }).click()
  await expect(everywhere).toContainText('2 of 2 forwarders present it.')
  await expect(everywhere.getByRole('list', { name: 'Forwarders' }).getByRole('listitem')).toHaveCount(2)

  await second.kill()
  await everywhere.getByRole('button', { name: 'Roll back' }).click()
  await page.goto(account.path(`certificates/${certificateId}`))
  const now = page.getByRole('region', { name: 'Who presents it now' })
  // It counts until it has been silent for 5 seconds.
  await expect(now).toContainText(/1 of [12] forwarders? presents? it\./)
  await expect(now).toContainText('1 of 1 forwarder presents it.')
  await system.forwarderApi.stop()
  // Once it is complete it asks no more.
  await expect(async () => {
    await page.reload()
    await expect(now).toContainText('No forwarder is running', { timeout: 1_000 })
  }).toPass()
})
