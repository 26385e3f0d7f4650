import { expect, test } from './support/browser-test.ts'

test('the audit shows who changed mappings, by day and by person', async ({ page, account, system }) => {
  const identity = await system.target.clientCa.issue({ commonName: 'main.example' })
  const certificateId = await account.addCertificate('main', identity)
  await account.map('debits', `${system.target.url}/debits`, certificateId)

  await page.goto(account.path('audit'))
  const changes = page.getByRole('table', { name: 'Changes' })
  await expect(changes.getByRole('row', { name: /certificates\.create/ })).toBeVisible()
  await page.getByLabel('Changes of').selectOption('Mappings')
  await expect(changes.getByRole('row', { name: /certificates\.create/ })).toHaveCount(0)
  // The last day is shown, too.
  await page.getByLabel('Until').fill(new Date().toISOString().slice(0, 10))
  await expect(changes.getByRole('row', { name: /mappings\.create/ })).toContainText('alice')
  await changes.getByRole('link', { name: 'Only changes by alice' }).first().click()
  await expect(page.getByText('Only by alice.')).toBeVisible()
  await expect(changes.getByRole('row', { name: /mappings\.create/ })).toBeVisible()
})
