import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startRedisServer } from '@mtls-gateway/test-kit'
import { type Balancer, startBalancer } from './support/balancer.ts'
import { expect, skipWithout, test } from './support/browser-test.ts'
import { expectPage, expectRow, signInBy } from './support/on-the-page.ts'

test.use({ scopes: null })
skipWithout('redis-server')

test('two instances behind a balancer are one console: a link signs in once, and every page is at home on both', async ({
  page,
  account,
  system,
  newVisitor,
  expectedFaults,
  running,
}) => {
  expectedFaults.push('410 POST /console/sign-in-codes/exchange')
  const balancer = running.adopt(await startBalancer(), (server) => server.close())
  const redis = running.adopt(await startRedisServer(), (server) => server.stop())
  const keyFile = join(system.directory, 'session-key-of-two')
  await writeFile(keyFile, randomBytes(32).toString('base64'), { mode: 0o600 })
  const env = { CONSOLE_PUBLIC_URL: balancer.url, CONSOLE_SESSION_KEY_FILE: keyFile, REDIS_URL: redis.url }
  const instances = await Promise.all([1, 2].map(() => system.startConsole(env)))
  balancer.upstreams.push(...instances.map(({ url }) => new URL(url)))

  const link = await account.signInLink(undefined, balancer.url)
  expect(new URL(link).origin).toBe(balancer.url)
  await signInBy(page, link)
  await expectPage(page, 'Overview')
  await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank' }))
  await page.getByRole('link', { name: 'Certificates', exact: true }).click()
  await expectRow(page, { Name: 'bank' })
  await page.getByRole('link', { name: 'App keys' }).click()
  await page.getByRole('button', { name: 'Create an app key' }).first().click()
  await page.getByRole('dialog').getByLabel('Label').fill('made by one of two')
  await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click()
  await expect.poll(async () => (await account.api.listAppKeys()).body).toMatchObject([{ label: 'made by one of two' }])
  expect(requestsOf(balancer, instances)).toEqual([expect.any(Number), expect.any(Number)])

  const stranger = await newVisitor()
  for (const attempt of [1, 2]) {
    await stranger.goto(link)
    await expect(stranger.getByRole('alert'), `attempt ${attempt}`).toContainText('mtls console')
    await stranger.goto('about:blank')
  }

  await instances[0]?.kill()
  balancer.upstreams.splice(0, 2, new URL(instances[1]?.url ?? ''))
  await page.reload()
  await expectPage(page, 'App keys')
  await expectRow(page, { Label: 'made by one of two' })
})

function requestsOf({ answered }: Balancer, instances: readonly { readonly url: string }[]) {
  return instances.map(({ url }) => answered.get(new URL(url).href))
}
