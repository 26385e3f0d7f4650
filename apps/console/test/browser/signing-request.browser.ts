import { readFile } from 'node:fs/promises'
import { expectNoAxeViolations } from './support/accessibility.ts'
import { expect, test } from './support/browser-test.ts'
import { expectPage, expectToast } from './support/on-the-page.ts'

test('a key made in the gateway: the request goes to the CA, and its answer comes back', async ({
  page,
  account,
  system,
  expectedFaults,
}) => {
  // The request is no answer.
  expectedFaults.push(/^422 PUT .*signed-certificate/)
  await page.goto(account.path('certificates/request'))
  await expectPage(page, 'Make a signing request')
  await page.getByLabel('Name', { exact: true }).fill('made here')
  await page.getByLabel('Key', { exact: true }).selectOption('EC, P-256')
  await page.getByLabel('Common name').fill('made.example')
  await page.getByLabel('Other names').fill('made.example\nIP:192.0.2.1')
  await expectNoAxeViolations(page)
  await page.getByRole('button', { name: 'Make the request' }).click()

  await expectPage(page, 'Signing request of made here')
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download the request' }).click(),
  ])
  expect(download.suggestedFilename()).toBe('made here.csr')
  const request = await readFile(await download.path(), 'utf8')
  await expect(page.getByRole('region', { name: 'the request', exact: true })).toHaveText(request.trim())
  await page.reload()
  await expect(page.getByRole('region', { name: 'the request', exact: true })).toHaveText(request.trim())
  await expectNoAxeViolations(page)

  const { clientCa } = system.target
  const { certificate, chain } = await clientCa.signRequest(request)
  const answer = page.getByLabel('Signed certificate', { exact: true })
  const pasted = page.getByLabel('Or paste it')
  const give = (...files: readonly (readonly [name: string, content: string | Uint8Array])[]) =>
    answer.setInputFiles(files.map(([name, content]) => ({ name, mimeType: '', buffer: Buffer.from(content) })))
  await give(['mine.key', (await clientCa.issue({ commonName: 'other' })).privateKey])
  await expect(page.getByRole('alert')).toContainText('mine.key has a private key, which nobody else should get.')
  await expect(pasted, 'it goes nowhere').toHaveValue('')
  await give(['made here.csr', request])
  await page.getByRole('button', { name: 'Complete the request' }).click()
  await expect(page.getByText('This is a signing request (CSR), not the certificate.')).toBeVisible()
  const der = Buffer.from(certificate.replaceAll(/-----.*-----|\s/g, ''), 'base64')
  await give(['signed.cer', der], ['chain.pem', chain.join('\n')])
  await page.getByRole('button', { name: 'Complete the request' }).click()
  await expectToast(page, 'made here is complete.')
  await expectPage(page, 'Add a certificate')
  await expect(page.getByRole('heading', { name: 'Map it' })).toBeVisible()
  expect((await account.api.listCertificates()).body).toMatchObject([{ name: 'made here', status: 'Available' }])
})

test('a renewal asks for the same names, and its answer is the next version', async ({ page, account, system }) => {
  const identity = await system.target.clientCa.issue({ commonName: 'renewed.example' })
  const id = await account.addCertificate('renewed', identity)
  await page.goto(account.path(`certificates/${id}/signing`))
  await expectPage(page, 'Renew renewed')
  await expect(page.getByLabel('Same subject and names as now')).toBeChecked()
  await page.getByRole('button', { name: 'Make the request' }).click()
  const request = page.getByRole('region', { name: 'the request', exact: true })
  await expect(request).toContainText('BEGIN CERTIFICATE REQUEST')
  await expect(page.getByText('The request is shown only now')).toBeVisible()

  const { certificate, chain } = await system.target.clientCa.signRequest((await request.textContent()) ?? '')
  await page.getByLabel('Or paste it').fill([certificate, ...chain].join('\n'))
  await page.getByRole('button', { name: 'Complete the request' }).click()
  await expectPage(page, 'Rotate renewed')
  expect((await account.api.getCertificate({ certificateId: id })).body.staged).toMatchObject({ status: 'Available' })
})
