import type { Page } from '@playwright/test'
import { expectNoAxeViolations } from './support/accessibility.ts'
import { expect, test } from './support/browser-test.ts'
import { expectDisabled, expectFits, expectPage, expectRow, expectToast } from './support/on-the-page.ts'

async function expectGood(page: Page): Promise<void> {
  await expectNoAxeViolations(page)
  for (const width of [320, 390, 768, 1_440]) await expectFits(page, width)
}

test('a certificate is ordered, mapped, and renews itself', async ({ page, account, system }) => {
  await page.goto(account.path('certificates/new'))
  await page.getByRole('link', { name: 'Order one' }).click()
  await expectPage(page, 'Order a certificate')
  await expectDisabled(page.getByRole('button', { name: 'Order', exact: true }), 'Give it a name first.')
  await expect(page.getByRole('combobox', { name: 'Issuer' })).toHaveAccessibleDescription(
    'A CA of your own. Keys: EC-P256, RSA-2048. Certificates last 90 days at most.',
  )
  await page.getByLabel('Name', { exact: true }).fill('ordered')
  await page.getByLabel('Common name (CN)').fill('ordered.example')
  await page.getByLabel('Key', { exact: true }).selectOption('RSA, 2,048 bits')
  await page.getByText('As a command').click()
  await expect(page.getByRole('region', { name: 'the command' })).toHaveText(
    'mtls issue --name ordered --profile local --key-type RSA-2048 --common-name ordered.example',
  )
  await expectGood(page)
  await page.getByRole('button', { name: 'Order', exact: true }).click()
  // It goes on with its first mapping.
  await page.getByLabel('Service').selectOption('IDP')
  await page.getByLabel('Url', { exact: true }).fill(`${system.target.url}/ordered/*`)
  await page.getByRole('button', { name: 'Map it' }).click()
  await page.getByRole('link', { name: 'Open the certificate' }).click()
  await expectPage(page, 'ordered')
  const card = page.getByRole('region', { name: 'Renewal' })
  await expect(card).toContainText(/Renews on \d+ \w+( \d{4})? by local, then puts it in use\./)
  await expect(card).toContainText('after 66 % of its lifetime')
  await expectGood(page)

  const facts = page.getByRole('region', { name: 'Certificate', exact: true })
  await expect(facts).toContainText('CN=ordered.example')
  const id = (await account.api.listCertificates()).body[0]?.id ?? 0
  const fingerprint = async () => (await account.api.getCertificate({ certificateId: id })).body.fingerprintSha256
  const first = await fingerprint()
  await card.getByRole('button', { name: 'Run the next step now' }).click()
  await expectToast(page, 'The step is done.')
  await expect.poll(fingerprint).not.toBe(first)
  // Without a reload.
  await expect(card).toContainText(/Renews on/)
  await expect(page.getByRole('region', { name: 'Versions' }).getByRole('button', { name: 'Roll back' })).toBeVisible()
})

test('a plan is set, changed, removed and brought back', async ({ page, account, system }) => {
  const id = await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank.example' }))
  await account.map('token', `${system.target.url}/token`, id)
  await account.map('payments', `${system.target.url}/payments`, id)
  await page.goto(account.path(`certificates/${id}`))
  const card = page.getByRole('region', { name: 'Renewal' })
  await expect(card).toContainText('People renew this certificate.')
  await card.getByRole('button', { name: 'Set a plan' }).click()
  const form = page.getByRole('dialog', { name: 'Set a plan' })
  const percent = form.getByLabel('Renew after, in percent of the lifetime')
  await percent.fill('96')
  await expectDisabled(form.getByRole('button', { name: 'Save' }), 'Say when: from 10 to 95 percent.')
  await percent.fill('80')
  await form.getByText('As a command').click()
  await expect(form.getByRole('region', { name: 'the command' })).toHaveText(
    'mtls plan set bank --profile local --renew-at 0.8',
  )
  await expectGood(page)
  await form.getByRole('button', { name: 'Save' }).click()
  await expect(card).toContainText(/Renews on .* by local, then tests 2 urls, then puts it in use\./)

  await account.api.createHandover({
    certificateId: id,
    body: { label: 'Anna', mappings: [], expiresAt: new Date(Date.now() + 86_400_000).toISOString() },
  })
  await page.reload()
  await card.getByRole('button', { name: 'Change the plan' }).click()
  const change = page.getByRole('dialog', { name: 'Change the plan' })
  const promotion = change.getByLabel('Promotion')
  await expect(promotion).toHaveValue('eachTarget')
  await expect(promotion).toHaveAccessibleDescription(/You have handed it over to owners of targets/)
  await expect(promotion.getByRole('option', { name: /^At once/ })).toBeDisabled()
  await expectNoAxeViolations(page)
  await change.getByRole('button', { name: 'Save' }).click()
  await expect(card).toContainText('then tests 2 urls, then switches each of 2 mappings when its target accepts it.')
  await expectGood(page)

  await card.getByRole('button', { name: 'Remove the plan' }).click()
  await expectToast(page, 'bank has no plan any more. A version that has come stays staged.')
  await expect(card).toContainText('People renew this certificate.')
  await page.getByRole('status', { name: 'Messages' }).getByRole('button', { name: 'Undo' }).click()
  await expect(card).toContainText('then switches each of 2 mappings when its target accepts it.')
})

test('what a renewal waits for is on the overview, on the certificate and where it is done', async ({
  page,
  account,
  system,
}) => {
  // The target takes certificates of its own CA only.
  const id = await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank.example' }))
  await account.map('token', `${system.target.url}/token`, id)
  await account.map('payments', `${system.target.url}/payments`, id)
  await account.api.setPlan({ certificateId: id, body: { profile: 'local', promote: 'manual', test: 'manual' } })
  await account.api.runPlan({ certificateId: id })
  const waitsFor = async () => (await account.api.getPlan({ certificateId: id })).body.waitsFor
  await expect.poll(waitsFor).toBe('promotion')

  await page.goto(account.path())
  const renewals = page.getByRole('region', { name: 'Renewals' })
  await expect(renewals).toContainText('Waits for somebody to promote the next version:')
  await expectGood(page)
  await renewals.getByRole('link', { name: 'bank' }).click()
  const card = page.getByRole('region', { name: 'Renewal' })
  await expect(card).toContainText('Waits for somebody to promote the next version.')
  await expectDisabled(
    card.getByRole('button', { name: 'Run the next step now' }),
    'There is no step that it does by itself now. Do what it waits for.',
  )
  await card.getByRole('link', { name: 'Open the rotation' }).click()
  await expectPage(page, 'Rotate bank')
  await page.getByRole('button', { name: 'Probe', exact: true }).click()
  const table = page.getByRole('region', { name: 'Mapping by mapping' })
  await expectRow(table, { Name: 'token', State: /^waits.*(ECONNRESET|SOCKET_CLOSED|CERTIFICATE)/ })
  await expectDisabled(table.getByRole('button', { name: 'Promote for token' }), /Its last probe failed/)
  await expectGood(page)
})

test('an order that people have signed waits for them', async ({ page, account }) => {
  await page.goto(account.path('certificates/issue'))
  await page.getByRole('combobox', { name: 'Issuer' }).selectOption('office')
  await page.getByLabel('Name', { exact: true }).fill('later')
  await page.getByLabel('Common name (CN)').fill('later.example')
  await page.getByRole('button', { name: 'Order', exact: true }).click()
  await expectPage(page, 'later')
  await expect(page.getByText('Ordered from office')).toBeVisible()
  await expect(page.getByRole('region', { name: 'Renewal' })).toContainText(
    /Waits for the certificate of a signing request/,
  )
  await expectGood(page)
  await page.getByRole('region', { name: 'Renewal' }).getByRole('link', { name: 'Upload the certificate' }).click()
  await expectPage(page, 'Signing request of later')
  const certificateId = (await account.api.listCertificates()).body[0]?.id ?? 0
  const { signingRequest = '' } = (await account.api.getPlan({ certificateId })).body
  await expect(page.getByRole('region', { name: 'the request', exact: true })).toHaveText(signingRequest.trim())
  await expect(page.getByRole('button', { name: 'Download the request' })).toBeVisible()
  await expectGood(page)
  await page.goto(account.path())
  await expect(page.getByRole('region', { name: 'Needs attention' })).toContainText('Waiting for signature')
  await expect(page.getByRole('region', { name: 'Renewals' })).toContainText(
    'Waits for the certificate of a signing request:',
  )
  await expectGood(page)
})

test.describe('with a read-only session', () => {
  test.use({ scopes: ['mtls:read'] })

  test('plans and orders are there, and say which scope they need', async ({ page, account, system }) => {
    const id = await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank.example' }))
    await account.api.setPlan({ certificateId: id, body: { profile: 'local' } })
    await page.goto(account.path(`certificates/${id}`))
    const card = page.getByRole('region', { name: 'Renewal' })
    for (const name of ['Run the next step now', 'Change the plan', 'Remove the plan']) {
      await expectDisabled(card.getByRole('button', { name }), /lacks the scope mtls:write/)
    }
    await page.goto(account.path('certificates/issue'))
    await expectDisabled(page.getByRole('button', { name: 'Order', exact: true }), /lacks the scope mtls:write/)
  })
})
