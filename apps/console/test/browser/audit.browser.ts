import { expectNoAxeViolations } from './support/accessibility.ts'
import { expect, test } from './support/browser-test.ts'
import { expectFits, expectRow } from './support/on-the-page.ts'

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
  const mapped = changes.getByRole('row', { name: /mappings\.create/ })
  const [entry] = (await account.api.listChanges({ query: { action: 'mappings.create' } })).body
  await mapped.getByLabel(`The hash of revision ${entry?.revision}`).press('Enter')
  await expect(mapped).toContainText(entry?.hash ?? 'no hash')
  await expectNoAxeViolations(page)
  for (const width of [320, 390, 1_280]) await expectFits(page, width)
})

test('what was changed long ago is found by going on', async ({ page, account, system }) => {
  const certificateId = await account.addCertificate('old', await system.target.clientCa.issue({ commonName: 'old' }))
  // One more than a page looks at.
  for (let count = 0; count < 1_001; count++) {
    await account.api.changeSettings({ body: { unmappedCalls: count % 2 === 0 ? 'refuse' : 'plain' } })
  }
  await page.goto(`${account.path('audit')}?subject=${certificateId}`)
  await expect(page.getByRole('heading', { name: 'No changes found so far' })).toBeVisible()
  await page.getByRole('button', { name: 'Load more' }).click()
  await expectRow(page, { Action: 'certificates.create' })
})
