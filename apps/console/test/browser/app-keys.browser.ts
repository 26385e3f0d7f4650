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
