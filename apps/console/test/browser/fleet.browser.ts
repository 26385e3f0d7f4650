import type { Page } from '@playwright/test'
import { expectNoAxeViolations } from './support/accessibility.ts'
import type { Account } from './support/account.ts'
import { expect, test } from './support/browser-test.ts'
import { expectDisabled, expectFits, expectNoRow, expectPage, expectRow } from './support/on-the-page.ts'

const issuer = 'CN=Client CA'

async function expectGood(page: Page): Promise<void> {
  await expectNoAxeViolations(page)
  for (const width of [320, 390, 768, 1_440]) await expectFits(page, width)
}

test('all certificates of an issuer are replaced, and what people have to replace is listed', async ({
  page,
  account,
  system,
}) => {
  const { clientCa } = system.target
  for (const name of ['bank', 'partner']) {
    const certificateId = await account.addCertificate(name, await clientCa.issue({ commonName: name }))
    await account.api.setPlan({ certificateId, body: { profile: 'local' } })
  }
  const byHand = await account.addCertificate('by hand', await clientCa.issue({ commonName: 'by hand' }))

  await page.goto(account.path())
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Fleet' }).click()
  await expectPage(page, 'Fleet')
  await expectRow(page, { Issuer: issuer, Certificates: '3', Revoked: '0', Mappings: '0' })
  await expectGood(page)

  await expectRow(page, { 'Renewal plan': 'Nothing due', Certificates: '2' })
  await page.getByRole('link', { name: 'No plan' }).click()
  await expectPage(page, 'Certificates')
  await expectRow(page, { Name: 'by hand' })
  await expectNoRow(page, { Name: 'bank' })
  await expectGood(page)
  await page.getByRole('button', { name: 'Show all' }).click()
  await expectRow(page, { Name: 'bank' })
  await page.goBack()

  await page.getByRole('button', { name: `Replace all of ${issuer}` }).click()
  const dialog = page.getByRole('dialog', { name: 'Replace all of an issuer' })
  await expect(dialog).toContainText('has issued 3 of the certificates in use')
  await dialog.getByLabel('Accept another issuer').check()
  await dialog.getByLabel('Accept an earlier expiry').check()
  await dialog.getByText('As a command').click()
  await expect(dialog.getByRole('region', { name: 'the command' })).toHaveText(
    `mtls certificates replace --issuer '${issuer}' --accept ISSUER_DIFFERS --accept EXPIRES_EARLIER --wait`,
  )
  await expectGood(page)
  await dialog.getByRole('button', { name: 'Renew them now' }).click()

  await expectPage(page, 'Replacement')
  await expect(page.getByText('2 of 3 replaced')).toBeVisible({ timeout: 60_000 })
  await expectRow(page, { Name: 'by hand', 'What is left': 'Has no plan: replace it yourself.' })
  await expectNoRow(page, { Name: 'bank' })
  await expectGood(page)
  // The url says what is replaced.
  await page.reload()
  await expect(page.getByText('2 of 3 replaced')).toBeVisible()
  await page.getByLabel('Left').selectOption('No plan: replace them yourself (1)')
  await expectRow(page, { Name: 'by hand' })
  expect(await issuersOf(account)).toEqual([expect.stringContaining('CN='), issuer])

  await account.api.deleteCertificate({ certificateId: byHand })
  await expect(page.getByText('All are replaced.')).toBeVisible({ timeout: 60_000 })
  await expectGood(page)
})

/** Those of the certificates in use, the most frequent first. */
async function issuersOf({ api }: Account): Promise<readonly string[]> {
  return (await api.countCertificates()).body.issuers.map((each) => each.issuer)
}

test('an account without certificates is told what the fleet is for', async ({ page, account }) => {
  await page.goto(account.path('fleet'))
  await expectPage(page, 'Fleet')
  await expect(page.getByRole('heading', { name: 'No certificates in use yet' })).toBeVisible()
  await expectGood(page)
  await page.goto(account.path('fleet/replacement'))
  await expect(page.getByRole('heading', { name: 'Which issuer?' })).toBeVisible()
  await expectGood(page)
})

test.describe('without mtls:admin', () => {
  test.use({ scopes: ['mtls:read', 'mtls:write'] })

  test('the fleet is shown, and nothing is replaced', async ({ page, account, system }) => {
    await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank' }))
    await page.goto(account.path('fleet'))
    const replace = page.getByRole('button', { name: `Replace all of ${issuer}` })
    await expectDisabled(replace, /lacks the scope mtls:admin/)
  })
})
