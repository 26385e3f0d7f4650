import { join } from 'node:path'
import { freePort } from '@mtls-gateway/test-kit'
import { expectNoAxeViolations } from './support/accessibility.ts'
import { expect, test } from './support/browser-test.ts'
import { expectPage, expectRow, signInBy } from './support/on-the-page.ts'

test('while config-api is away the pages say so, and come back by themselves once it is there', async ({
  page,
  context,
  account,
  system,
  expectedFaults,
}) => {
  expectedFaults.push(/^50[23] GET /)
  const id = await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank' }))
  await account.map('token', `${system.target.url}/token`, id)
  const [opened, elsewhere] = [page, await context.newPage()]
  await opened.goto(account.path('mappings'))
  await expectRow(opened, { Name: 'token' })
  const startAgain = await system.stopConfigApi()

  await opened.getByRole('link', { name: 'Certificates', exact: true }).click()
  await expectPage(opened, 'Certificates')
  await expect(opened.getByRole('alert')).toContainText('The gateway does not answer the console.')
  await expect(opened.getByRole('heading', { level: 2 }), 'nor that there is nothing').toHaveCount(0)
  await expectNoAxeViolations(opened)
  await elsewhere.goto(account.path('certificates'))
  await expectPage(elsewhere, 'Not available at the moment')
  await expect(elsewhere.getByRole('alert')).toContainText('The gateway does not answer the console.')
  await expectNoAxeViolations(elsewhere)
  // It goes on saying so while it asks again.
  const heading = await elsewhere.getByRole('heading', { level: 1 }).elementHandle()
  for (let tries = 0; tries < 2; tries++) await elsewhere.waitForResponse(/console\/session/)
  expect(await heading?.evaluate(({ isConnected }) => isConnected)).toBe(true)

  await startAgain()
  for (const each of [opened, elsewhere]) {
    await expectRow(each, { Name: 'bank' })
    await expect(each.getByRole('alert')).toHaveCount(0)
  }
  await expectPage(elsewhere, 'Certificates')
})

test('where the gateway hangs, a page says so after a while and asks again', async ({
  page,
  account,
  system,
  expectedFaults,
}) => {
  expectedFaults.push('net::ERR_ABORTED')
  await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank' }))
  let hanging = true
  await page.route(/\/certificates(\?|$)/, async (route) => {
    // Never answered: the page gives it up.
    if (!hanging || route.request().resourceType() === 'document') await route.fallback()
  })
  await page.goto(account.path('certificates'))
  const loading = page.getByRole('status', { name: 'Loading certificates' })
  await expect(loading).toContainText('There is no answer yet.')
  await expectNoAxeViolations(page)
  hanging = false
  await page.getByRole('button', { name: 'Try again' }).click()
  await expectRow(page, { Name: 'bank' })
  await expect(loading).toHaveCount(0)
})

test.describe('who has signed in by a link', () => {
  test.use({ scopes: null })

  test("is still signed in after the console's server was killed, and the pages come back by themselves", async ({
    page,
    context,
    account,
    system,
    expectedFaults,
  }) => {
    expectedFaults.push('net::ERR_CONNECTION_', 'console: NoAnswer')
    const id = await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank' }))
    await account.map('token', `${system.target.url}/token`, id)
    const env = { DATA_DIR: join(system.directory, 'killed-console'), CONSOLE_PORT: String(await freePort()) }
    const before = await system.startConsole(env)
    await signInBy(page, await account.signInLink(undefined, before.url))
    await expectPage(page, 'Overview')
    const other = await context.newPage()
    await other.goto(before.url + account.path('mappings'))
    await expectRow(other, { Name: 'token' })
    await before.kill()
    // The file of this page is not here yet; that of the other one is, and its data is not.
    await page.getByRole('link', { name: 'Explain' }).click()
    await expectPage(page, 'Not available at the moment')
    await expect(page.getByRole('alert')).toContainText('The console can not be reached.')
    await expectNoAxeViolations(page)
    await other.getByLabel('Search by name or url').fill('bank')
    await expect(other.getByRole('alert')).toContainText('The console can not be reached.')

    await system.startConsole(env)
    await expectPage(page, 'Explain')
    await expect(other.getByRole('alert')).toHaveCount(0)
    await other.reload()
    await expectPage(other, 'Mappings')
  })
})
