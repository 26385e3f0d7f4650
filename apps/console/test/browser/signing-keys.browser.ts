import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { expectNoAxeViolations } from './support/accessibility.ts'
import { expect, test } from './support/browser-test.ts'
import { chooseAction, expectDisabled, expectFits, expectRow, expectToast, rowOf } from './support/on-the-page.ts'

const widths = [320, 390, 768, 1_440]

async function expectGood(page: Page): Promise<void> {
  await expectNoAxeViolations(page)
  for (const width of widths) await expectFits(page, width)
}

test('a key is made, a second one takes over once it is activated, and the first is deleted', async ({
  page,
  account,
  system,
}) => {
  const stored = async () => (await account.api.listSigningKeys()).body
  await page.goto(account.path('signing-keys'))
  await expect(page.getByText('No signing keys yet')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Download the key set' })).toHaveCount(0)
  await expectGood(page)

  await page.getByRole('button', { name: 'Make a signing key' }).click()
  const making = page.getByRole('dialog', { name: 'Make a signing key' })
  const command = making.getByRole('region', { name: 'the command' })
  await making.getByText('As a command').click()
  await expect(command).toHaveText('mtls signing-keys create')
  await making.getByLabel('Algorithm').selectOption('PS256: RSA-PSS, 3,072 bits')
  await expect(command).toHaveText('mtls signing-keys create --algorithm PS256')
  await expectGood(page)
  await making.getByRole('button', { name: 'Make it' }).click()
  await expectToast(page, 'The key is made, and signs from now on.')
  const [first] = await stored()
  const { kid } = first ?? { kid: '' }
  await expectRow(page, {
    'Key id': kid,
    Use: 'Client authentication',
    Algorithm: 'PS256',
    State: /^Active/,
    Made: /by alice$/,
  })
  await expectDisabled(rowOf(page, kid).getByRole('button', { name: 'Activate' }), 'It signs already.')

  await page.getByRole('button', { name: 'Make a signing key' }).click()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await expect(making.getByLabel('Use', { exact: true })).toBeFocused()
  await making.getByRole('button', { name: 'Make it' }).press('Enter')
  await expectToast(page, 'Activate it once everybody has the new key set.')
  const second = (await stored()).find((key) => key.kid !== kid)
  const next = second?.kid ?? ''
  await expectRow(page, { 'Key id': next, Algorithm: 'ES256', State: 'Has not signed yet' })
  await expectGood(page)

  await chooseAction(page, next, 'Activate')
  const activating = page.getByRole('dialog', { name: 'Activate the signing key' })
  await expect(activating).toContainText(next)
  await activating.getByText('As a command').click()
  await expectGood(page)
  await activating.getByRole('button', { name: 'Sign with it' }).click()
  await expectToast(page, 'The key signs from now on.')
  await expectRow(page, { 'Key id': next, State: /^Active/ })
  await expectRow(page, { 'Key id': kid, State: /^Retired/ })
  await expectGood(page)

  await chooseAction(page, kid, 'Delete')
  const deleting = page.getByRole('dialog', { name: 'Signing key' })
  await deleting.getByLabel(/^Type “.{6}” to confirm/).fill(kid.slice(0, 6))
  await expectGood(page)
  await deleting.getByRole('button', { name: 'Delete the signing key' }).click()
  await expectToast(page, 'The key is deleted.')
  await expect(rowOf(page, kid)).toHaveCount(0)
  expect((await stored()).map((key) => key.kid)).toEqual([next])

  const downloads = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download the key set' }).click()
  const download = await downloads
  expect(download.suggestedFilename()).toBe('jwks.json')
  const saved = JSON.parse(await readFile(await download.path(), 'utf8'))
  expect(saved).toEqual({ keys: [second?.jwk] })

  const address = `${system.configApi.url}/mtls/account/${account.id}/jwks.json`
  expect((await fetch(address)).status).toBe(404)
  await page.getByRole('button', { name: 'Publish it' }).click()
  await expectToast(page, 'Anybody can read the key set.')
  await expect(page.getByRole('region', { name: 'the path of the key set' })).toHaveText(new URL(address).pathname)
  await expect.poll(async () => (await fetch(address)).json()).toEqual(saved)
  await expectGood(page)
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(page.getByText('It is not published.')).toBeVisible()
  await expect.poll(async () => (await fetch(address)).status).toBe(404)
})

test('the key that a mapping signs with is not deleted, and the page says why', async ({
  page,
  account,
  system,
  expectedFaults,
}) => {
  expectedFaults.push(/^409 DELETE .*signing-keys/)
  const { body: key } = await account.api.createSigningKey({ body: { use: 'client-authentication' } })
  const id = await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank' }))
  const oauth2 = { type: 'oauth2', tokenUrl: 'https://auth.bank.example/token', clientId: 'tpp-1' } as const
  const targetAuth = { ...oauth2, method: 'private_key_jwt', issuer: 'https://auth.bank.example' } as const
  const mapped = { serviceId: 'IDP', certificationId: String(id), url: 'https://bank.example/', name: 'signed' }
  await account.api.createMappings({ body: [{ ...mapped, targetAuth }] })
  await page.goto(account.path('signing-keys'))
  await chooseAction(page, key.kid, 'Delete')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel(/to confirm$/).fill(key.kid.slice(0, 6))
  await dialog.getByRole('button', { name: 'Delete the signing key' }).click()
  await expect(dialog.getByRole('alert')).toContainText('SIGNING_KEY_IN_USE')
  await expectGood(page)
})

test.describe('without the scope mtls:admin', () => {
  test.use({ scopes: ['mtls:read', 'mtls:write'] })

  test('keys are made, and the key set is handed over; only its publication is for others', async ({
    page,
    account,
  }) => {
    await account.api.createSigningKey({ body: { use: 'message-signature', algorithm: 'EdDSA' } })
    await page.goto(account.path('signing-keys'))
    await expectRow(page, { Use: 'Requests to targets', Algorithm: 'EdDSA' })
    await expectDisabled(page.getByRole('button', { name: 'Publish it' }), /lacks the scope mtls:admin/)
    await expect(page.getByRole('button', { name: 'Download the key set' })).toBeEnabled()
    await expectGood(page)
  })
})
