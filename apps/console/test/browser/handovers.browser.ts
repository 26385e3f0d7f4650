import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { expectNoAxeViolations } from './support/accessibility.ts'
import { keptBy } from './support/answers.ts'
import { expect, test } from './support/browser-test.ts'
import { chooseAction, expectFits, expectPage, expectRow, expectToast } from './support/on-the-page.ts'

const widths = [320, 390, 768, 1_440]

async function expectGood(page: Page): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme })
    await expectNoAxeViolations(page)
  }
  for (const width of widths) await expectFits(page, width)
}

test('a stranger sees the certificate behind the link, answers, and is told nothing once it is revoked', async ({
  page,
  account,
  system,
  newVisitor,
  expectedFaults,
}) => {
  expectedFaults.push('410 POST /console/handovers/open')
  const [first, next, other] = await Promise.all(
    ['first.example', 'next.example', 'other.example'].map((commonName) =>
      system.target.clientCa.issue({ commonName }),
    ),
  )
  if (!first || !next || !other) throw new TypeError('three are issued')
  const id = await account.addCertificate('bank', first)
  await account.map('token', `${system.target.url}/token`, id)
  await account.map('not-theirs', `${system.target.url}/elsewhere`, id)
  await account.addCertificate('unrelated', other)
  await account.stage(id, next)

  await page.goto(account.path(`certificates/${id}`))
  const card = page.getByRole('region', { name: 'Handovers' })
  await card.getByRole('button', { name: 'Hand over' }).click()
  const form = page.getByRole('dialog', { name: 'Hand over' })
  await form.getByLabel('Label').fill('Anna of Bank')
  await form.getByLabel('not-theirs').uncheck()
  await form.getByText('As a command').click()
  await expect(form.getByRole('region', { name: 'the command' })).toHaveText(
    /^mtls handover bank --label 'Anna of Bank' --mapping \d+ --expires-at \d{4}-\d\d-\d\dT\d\d:\d\dZ$/,
  )
  await expectGood(page)
  await form.getByRole('button', { name: 'Make the link' }).click()
  const link = (await card.getByRole('region', { name: 'the link', exact: true }).textContent()) ?? ''
  await expectRow(card, { Label: 'Anna of Bank', State: 'Not opened yet' })
  await expectRow(page.getByRole('region', { name: 'Mapping by mapping' }), { Name: 'token', State: 'handed over' })
  await expectGood(page)

  const guest = await newVisitor()
  await guest.goto(link)
  await expectPage(guest, 'Register this client certificate')
  await expect(guest).toHaveURL(`${system.url}/handover`)
  expect(await keptBy(guest)).toEqual(['', '{}', '{}'])
  expect(await guest.context().cookies()).toEqual([])
  const main = guest.getByRole('main')
  await expect(main).toContainText('For Anna of Bank.')
  const comesNext = guest.getByRole('region', { name: 'Comes next' })
  await expect(comesNext).toContainText('CN=next.example')
  await expect(comesNext).toContainText('CN = next.example')
  await expect(comesNext).toContainText(next.fingerprintSha256)
  await expect(comesNext).toContainText(/sha256\/[A-Za-z0-9+/]{43}=/)
  await expect(guest.getByRole('region', { name: 'In use now' })).toContainText(first.fingerprintSha256)
  for (const secret of [account.id, 'unrelated', other.fingerprintSha256, 'elsewhere']) {
    await expect(main).not.toContainText(secret)
  }
  await expectGood(guest)

  const download = async (name: string) => {
    const [file] = await Promise.all([guest.waitForEvent('download'), comesNext.getByRole('button', { name }).click()])
    return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) }
  }
  const pem = await download('Certificate as PEM')
  expect(pem.name).toBe('next.pem')
  expect(pem.bytes.toString().trim()).toBe(next.certificate.trim())
  const der = await download('Certificate as DER')
  expect(der.name).toBe('next.der')
  expect(der.bytes.toString('base64')).toBe(next.certificate.replaceAll(/-----[A-Z ]+-----|\s/g, ''))
  const chain = await download('Chain with root as PEM')
  expect(chain.bytes.toString().match(/BEGIN CERTIFICATE/g)?.length).toBe(1 + (next.chain?.length ?? 0))

  await guest.getByLabel(`${system.target.url}/token`).check()
  await guest.getByLabel('Note').fill('Live since noon.')
  await guest.getByRole('button', { name: 'Send' }).click()
  await expect(guest.getByText('Thank you: your answer has arrived')).toBeVisible()
  await expect(guest.getByLabel(`${system.target.url}/token`)).toBeDisabled()
  await expectGood(guest)

  await page.goto(account.path(`certificates/${id}`))
  await expectRow(card, { Label: 'Anna of Bank', State: 'Registered 1 of 1', Note: 'Live since noon.' })
  await expectRow(page.getByRole('region', { name: 'Mapping by mapping' }), { Name: 'token', State: 'registered' })
  await chooseAction(page, 'Anna of Bank', 'Revoke Anna of Bank')
  const dialog = page.getByRole('dialog', { name: 'Anna of Bank' })
  await expectNoAxeViolations(page)
  await dialog.getByRole('button', { name: 'Revoke the handover' }).click()
  await expectToast(page, 'The handover to Anna of Bank is revoked: its link no longer works.')

  const late = await newVisitor()
  await late.goto(link)
  await expectPage(late, 'This link does not work')
  await expect(late.getByRole('alert')).toContainText('has expired or was revoked')
  await expect(late.getByRole('main')).not.toContainText('Anna')
  await expectGood(late)
})
