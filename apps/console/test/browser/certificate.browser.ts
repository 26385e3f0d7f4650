import { expectNoAxeViolations } from './support/accessibility.ts'
import { expect, test } from './support/browser-test.ts'
import { expectDisabled, expectNoRow, expectPage, expectRow, expectToast } from './support/on-the-page.ts'

test('a certificate shows what it says, which calls present it, and who does', async ({ page, account, system }) => {
  const identity = await system.target.clientCa.issue({ commonName: 'bank.example', dnsNames: ['bank.example'] })
  const id = await account.addCertificate('bank', identity)
  await account.map('bank token', `${system.target.url}/token`, id)
  await page.goto(account.path(`certificates/${id}`))
  await expectPage(page, 'bank')
  const facts = page.getByRole('region', { name: 'Certificate', exact: true })
  await expect(facts).toContainText('DNS:bank.example')
  await expect(facts).toContainText('clientAuth')
  await expect(facts).toContainText(identity.fingerprintSha256)
  await expectRow(page.getByRole('region', { name: 'Chain' }), { Subject: 'CN=Client CA' })
  await expectRow(page.getByRole('region', { name: 'Mappings' }), { Name: 'bank token', Service: 'IDP' })
  await expectRow(page.getByRole('region', { name: 'Audit' }), { Action: 'certificates.create' })
  await expect(page.getByRole('region', { name: 'Who presents it now' })).toContainText('1 of 1 forwarder presents it.')
  await expectNoAxeViolations(page)

  await page.getByRole('button', { name: 'Call the target' }).click()
  await expect(page.getByRole('figure')).toContainText('The target took the certificate')
})

test('the list is narrowed by what the url says', async ({ page, account, system }) => {
  const soon = new Date(Date.now() + 10 * 86_400_000)
  await account.addCertificate(
    'ending',
    await system.target.clientCa.issue({ commonName: 'a.example', notAfter: soon }),
  )
  await account.addCertificate('lasting', await system.target.clientCa.issue({ commonName: 'b.example' }))
  await page.goto(account.path('certificates'))
  await expectRow(page, { Name: 'lasting', Issuer: 'CN=Client CA', Status: 'Available' })
  await expectRow(page, { Name: 'ending', Status: 'Expires soon' })
  await page.getByLabel('Expires').selectOption('Within 30 days')
  await expectRow(page, { Name: 'ending', 'Calls in 90 days': '0' })
  await expectNoRow(page, { Name: 'lasting' })
  await expect(page).toHaveURL(/\?expiringWithinDays=30$/)
  await page.getByLabel('Expires').selectOption('Any time')
  await page.getByLabel('Search by name or subject').fill('B.EXAMPLE')
  await expectRow(page, { Name: 'lasting' })
  await expectNoRow(page, { Name: 'ending' })
  await expectNoAxeViolations(page)
})

test('it is deleted by its name, once no mapping uses it', async ({ page, account, system, expectedFaults }) => {
  const id = await account.addCertificate('old', await system.target.clientCa.issue({ commonName: 'old.example' }))
  const mappingId = await account.map('old token', `${system.target.url}/old`, id)
  await page.goto(account.path(`certificates/${id}`))
  const danger = page.getByRole('region', { name: 'Delete the certificate' })
  const button = danger.getByRole('button', { name: 'Delete the certificate' })
  await expect(danger.getByRole('link', { name: 'old token' })).toBeVisible()
  await expectDisabled(button, 'Mappings use it.')

  await account.api.deleteMapping({ mappingId })
  await page.reload()
  await expectDisabled(button, 'Type “old” first.')
  await danger.getByLabel('Type “old” to confirm').fill('old')
  // Somebody else is at it, too: what is deleted is not what was seen.
  await account.api.createRenewalRequest({ certificateId: id })
  expectedFaults.push(`412 DELETE /mtls/account/${account.id}/certificates/${id}`)
  await button.click()
  await expect(page.getByText('The certificate was changed meanwhile by somebody else')).toBeVisible()
  await expect(page.getByText('The next version is waiting for the signature of your CA')).toBeVisible()
  await expect(danger.getByLabel('Type “old” to confirm')).toHaveValue('old')
  await button.click()
  await expectPage(page, 'Certificates')
  await expectToast(page, 'old is deleted.')
  expect((await account.api.listCertificates()).body).toEqual([])
})
