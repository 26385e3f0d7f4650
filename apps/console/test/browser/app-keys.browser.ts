import { expectNoAxeViolations } from './support/accessibility.ts'
import { expect, test } from './support/browser-test.ts'

test('the snippet of an app key calls what is mapped', async ({ page, account, system }) => {
  const identity = await system.target.clientCa.issue({ commonName: 'main.example' })
  const url = `${system.target.url}/it's`
  await account.map('mapped', url, await account.addCertificate('main', identity))

  await page.goto(account.path('app-keys'))
  await page.getByRole('button', { name: 'Create an app key' }).first().click()
  await page.getByLabel('Label').fill('a program')
  await page.getByRole('button', { name: 'Create', exact: true }).click()
  const card = page.getByRole('main')
  await expect(card).toContainText("service: 'IDP'")
  await expect(card).toContainText(`await fetch('${url.replace("'", String.raw`\'`)}')`)
  await expect(card).toContainText('in place of https://FORWARDER')
})

test('an app key is limited to services, of which the first is the default', async ({ page, account }) => {
  await page.goto(account.path('app-keys'))
  await page.getByRole('button', { name: 'Create an app key' }).first().click()
  await page.getByLabel('Label').fill('a program')
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('its calls may be those of any service')
  await page.getByLabel('WEBHOOKS').check()
  await page.getByLabel('IDP').check()
  await expect(dialog).toContainText('and of WEBHOOKS if they name none')
  await expectNoAxeViolations(page)
  await page.getByRole('button', { name: 'Create', exact: true }).click()
  await expect(page.getByText('The secret is shown only now')).toBeVisible()
  expect((await account.api.listAppKeys()).body).toMatchObject([{ services: ['WEBHOOKS', 'IDP'] }])
  await expect(page.getByRole('table', { name: 'App keys' })).toContainText('WEBHOOKS IDP')
})
