import { expect, test } from './support/browser-test.ts'
import { expectPage, expectRow, expectToast } from './support/on-the-page.ts'

// The way from a file to a call has its own test (add-certificate.browser.ts).

test('menus, panels and lists work by keyboard, and the focus comes back to where it was', async ({
  page,
  account,
  system,
}) => {
  const { keyboard } = page
  const id = await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank' }))
  await account.map('token', 'https://bank.example/token', id)
  await page.goto(account.path('mappings'))
  await expectPage(page, 'Mappings')
  await page.reload()
  await expectRow(page, { Name: 'token' })

  await page.getByRole('link', { name: 'Skip to the page' }).focus()
  await keyboard.press('Enter')
  await expect(page.getByRole('main')).toBeFocused()

  const menu = page.getByRole('banner').locator('summary')
  await menu.focus()
  await keyboard.press('Enter')
  await keyboard.press('Tab')
  await expect(page.getByLabel('Theme')).toBeFocused()
  await keyboard.press('Escape')
  await expect(menu).toBeFocused()
  await expect(page.getByLabel('Theme')).toBeHidden()

  const mapping = page.getByRole('link', { name: 'token', exact: true })
  await mapping.focus()
  await keyboard.press('Enter')
  const panel = page.getByRole('dialog', { name: 'token' })
  await expect(panel.getByLabel('Url', { exact: true })).toBeVisible()
  await expect(panel.getByRole('heading', { name: 'token' })).toBeFocused()
  await keyboard.press('Escape')
  await expect(panel).toHaveCount(0)
  await expect(mapping).toBeFocused()
})

test('an app key is created and deleted by keyboard', async ({ page, account }) => {
  const { keyboard } = page
  await page.goto(account.path('app-keys'))
  await expectPage(page, 'App keys')
  await expect(page.getByRole('heading', { name: 'No app keys yet' })).toBeVisible()
  await keyboard.press('Tab')
  await expect(page.getByRole('button', { name: 'Create an app key' })).toBeFocused()
  await keyboard.press('Enter')
  await expect(page.getByRole('dialog', { name: 'Create an app key' })).toBeVisible()
  await keyboard.press('Tab')
  await keyboard.press('Tab')
  await expect(page.getByLabel('Label')).toBeFocused()
  await keyboard.type('a program')
  await keyboard.press('Enter')
  await expect(page.getByRole('region', { name: 'the app key and its secret' })).toBeVisible()

  await page.getByRole('button', { name: 'Delete a program' }).focus()
  await keyboard.press('Enter')
  const name = page.getByLabel('Type “a program” to confirm')
  await expect(name).toBeVisible()
  while (!(await name.evaluate((element) => element === document.activeElement))) await keyboard.press('Tab')
  await keyboard.type('a program')
  await keyboard.press('Enter')
  await expectToast(page, 'a program is deleted.')
  expect((await account.api.listAppKeys()).body).toEqual([])
})
