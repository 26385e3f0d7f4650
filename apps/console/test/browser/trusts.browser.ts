import { createCa, type MtlsTarget, startMtlsTarget, type TestCa } from '@mtls-gateway/test-kit'
import { expectNoAxeViolations } from './support/accessibility.ts'
import { expect, test } from './support/browser-test.ts'
import { chooseAction, expectDisabled, expectFits, expectRow, expectToast, rowOf } from './support/on-the-page.ts'

let inner: TestCa
let other: TestCa
let clientCa: TestCa
let target: MtlsTarget

test.beforeAll(async () => {
  ;[inner, other, clientCa] = await Promise.all([
    createCa({ name: 'Inner CA' }),
    createCa({ name: 'Other CA' }),
    createCa({ name: 'Client CA' }),
  ])
  const serverIdentity = await inner.issue({ commonName: 'localhost', dnsNames: ['localhost'] })
  target = await startMtlsTarget({ serverIdentity, clientCa: clientCa.certificate })
})
test.afterAll(() => target?.close())

test('a trust list is made from a file, used by a mapping, replaced by text, and deleted once unused', async ({
  page,
  account,
  expectedFaults,
}) => {
  expectedFaults.push(/^400 PUT .*trusts/, /^422 PUT .*trusts/)
  const expectGood = async () => {
    await expectNoAxeViolations(page)
    for (const width of [320, 768, 1_440]) await expectFits(page, width)
  }
  const url = `${target.url}/token`
  const certificateId = await account.addCertificate('bank', await clientCa.issue({ commonName: 'bank' }))
  const mappingId = await account.map('token', url, certificateId)
  const call = await account.caller()

  await page.goto(account.path('trusts'))
  await expect(page.getByText('No trust lists yet')).toBeVisible()
  await expectGood()
  await page.getByRole('button', { name: 'Make a trust list' }).click()
  const making = page.getByRole('dialog', { name: 'Make a trust list' })
  const save = making.getByRole('button', { name: 'Save' })
  await expectDisabled(save, 'Type a name first.')
  await making.getByLabel('Name').fill('Inner CA')
  await expectDisabled(save, 'Add the CA certificates first.')
  const buffer = Buffer.from(inner.certificate)
  await making.getByLabel('File of the CAs').setInputFiles({ name: 'inner.pem', mimeType: 'text/plain', buffer })
  await expect(making.getByLabel('CA certificates')).toHaveValue(inner.certificate)
  await save.click()
  await expect(making.getByLabel('Name')).toHaveAccessibleDescription(/1 to 64 of the characters/)
  await expectGood()
  await making.getByLabel('Name').fill('inner-ca')
  await save.click()
  await expectToast(page, 'inner-ca is saved.')
  await expectRow(page, { Name: 'inner-ca', Certificates: /^CN=Inner CA/, Mappings: '0' })
  await expectGood()

  await page.goto(account.path(`mappings/${mappingId}`))
  const panel = page.getByRole('dialog', { name: 'token' })
  await panel.getByText('How the target is trusted').click()
  await panel.getByLabel('Trust list').selectOption('inner-ca')
  await expect(panel.getByLabel('CA certificates')).toHaveCount(0)
  await expectGood()
  await panel.getByRole('button', { name: 'Save', exact: true }).click()
  await expectToast(page, 'token is saved.')
  expect((await account.api.getMapping({ mappingId })).body.targetTrust).toEqual({ trust: 'inner-ca' })
  await expect.poll(async () => (await call(url).catch(() => undefined))?.status).toBe(200)

  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Trust lists' }).click()
  await expectRow(page, { Name: 'inner-ca', Mappings: '1' })
  await expectDisabled(rowOf(page, 'inner-ca').getByRole('button', { name: 'Delete' }), 'Mappings use it.')
  await chooseAction(page, 'inner-ca', 'Replace')
  const replacing = page.getByRole('dialog', { name: 'Replace inner-ca' })
  await expect(replacing).toContainText('It changes for 1 mapping at once')
  await replacing.getByLabel('CA certificates').fill('no certificate')
  await replacing.getByRole('button', { name: 'Save' }).click()
  await expect(replacing.getByLabel('CA certificates')).toHaveAccessibleDescription(/not a list of certificates/)
  await expectGood()
  await replacing.getByLabel('CA certificates').fill(other.certificate)
  await replacing.getByRole('button', { name: 'Save' }).click()
  await expectToast(page, 'inner-ca is saved.')
  await expectRow(page, { Name: 'inner-ca', Certificates: /^CN=Other CA/ })
  await expect.poll(() => call(url).then(() => 'answered', String)).toContain('TARGET_UNREACHABLE')

  await account.api.updateMapping({ mappingId, body: { targetTrust: null } })
  await page.reload()
  await chooseAction(page, 'inner-ca', 'Delete')
  const deleting = page.getByRole('dialog', { name: 'inner-ca' })
  await deleting.getByLabel('Type “inner-ca” to confirm').fill('inner-ca')
  await expectGood()
  await deleting.getByRole('button', { name: 'Delete the trust list' }).click()
  await expectToast(page, 'inner-ca is deleted.')
  await expect(page.getByText('No trust lists yet')).toBeVisible()
})
