import type { Page } from '@playwright/test'
import { expectNoAxeViolations } from './support/accessibility.ts'
import type { Account } from './support/account.ts'
import { expect, test } from './support/browser-test.ts'
import { chooseByTyping, expectDisabled, expectFits, expectRow, expectToast } from './support/on-the-page.ts'

const title = 'How requests to the target are signed'
const widths = [320, 390, 768, 1_440]
type Mapped = Parameters<Account['api']['createMappings']>[0]['body'][number]

function formOf(page: Page) {
  const panel = page.getByRole('dialog')
  return {
    panel,
    fold: panel.getByText(title),
    scheme: panel.getByLabel('Requests are signed'),
    signer: panel.getByRole('combobox', { name: 'Certificate that signs' }),
    signed: panel.getByLabel('What is signed'),
    save: panel.getByRole('button', { name: 'Save', exact: true }),
    command: panel.getByRole('region', { name: 'the command' }),
  }
}

async function expectGood(page: Page): Promise<void> {
  await expectNoAxeViolations(page)
  for (const width of widths) await expectFits(page, width)
}

async function mapped(account: Account, certificateId: number, more: Partial<Mapped> = {}): Promise<number> {
  const mapping = { serviceId: 'IDP', url: 'https://bank.example/v1/*', name: 'payments', ...more }
  const { body } = await account.api.createMappings({ body: [{ ...mapping, certificationId: String(certificateId) }] })
  return body[0]?.id ?? 0
}

test('requests of a mapping are signed with a seal, in another way, and no longer', async ({
  page,
  account,
  system,
  expectedFaults,
}) => {
  expectedFaults.push(/^4\d\d PUT .*mappings/)
  const { clientCa } = system.target
  const id = await account.addCertificate('bank', await clientCa.issue({ commonName: 'bank' }))
  const seal = await account.addCertificate('seal', await clientCa.issue({ commonName: 'seal' }))
  const mappingId = await mapped(account, id)
  const stored = async () => (await account.api.getMapping({ mappingId })).body.messageSignature
  const open = () => page.goto(account.path(`mappings/${mappingId}`))
  const { panel, fold, scheme, signer, signed, save, command } = formOf(page)
  await open()
  await fold.click()
  await expect(signer).toHaveCount(0)
  await scheme.selectOption('With Digest and Signature (Berlin Group)')
  await chooseByTyping(signer, 'seal')
  await panel.getByLabel('Algorithm').selectOption('rsa-sha512')
  await signed.fill('(request-target), digest date, Signature')
  await panel.getByLabel('Signed if present').fill('psu-id')
  await panel.getByLabel('Digest of the body').selectOption('sha-512')
  await expectGood(page)
  await save.click()
  await expect(signed).toBeFocused()
  await expect(signed).toHaveAccessibleDescription(/"signature" cannot be signed/)
  await expectGood(page)
  await signed.fill('(request-target) digest date')
  await save.click()
  const algorithm = panel.getByLabel('Algorithm')
  await expect(algorithm).toBeFocused()
  await expect(algorithm).toHaveAccessibleDescription(/EC-P256: not by "rsa-sha512"/)
  await algorithm.selectOption('One that fits the key')
  await panel.getByText('As a command').click()
  await expect(command).toHaveText(
    `mtls mappings edit payments --signature-scheme cavage --signature-certificate ${seal} ` +
      "--signature-headers '(request-target),digest,date' --signature-optional-headers psu-id --signature-digest sha-512",
  )
  await save.click()
  await expectToast(page, 'payments is saved.')
  expect(await stored()).toEqual({
    ...{ scheme: 'cavage', certificationId: String(seal), headers: ['(request-target)', 'digest', 'date'] },
    ...{ optionalHeaders: ['psu-id'], digest: 'sha-512' },
  })

  await open()
  await expect(signer).toHaveValue('seal')
  await scheme.selectOption('As a detached JWS (Open Banking)')
  await expect(signed).toHaveCount(0)
  await panel.getByLabel('Key id').fill('90210ABAD')
  await panel.getByLabel('Member with the time of signing').fill('http://openbanking.org.uk/iat')
  await panel.getByRole('button', { name: 'Add a member' }).click()
  await panel.getByLabel('Member', { exact: true }).fill('alg')
  await panel.getByLabel('Value', { exact: true }).fill('openbanking.org.uk')
  await save.click()
  await expect(panel.getByLabel('Member', { exact: true })).toBeFocused()
  await expectGood(page)
  await panel.getByLabel('Member', { exact: true }).fill('http://openbanking.org.uk/tan')
  await save.click()
  await expectToast(page, 'payments is saved.')
  expect(await stored()).toEqual({
    ...{ scheme: 'jws', certificationId: String(seal), keyId: '90210ABAD' },
    issuedAt: 'http://openbanking.org.uk/iat',
    protectedHeader: { 'http://openbanking.org.uk/tan': 'openbanking.org.uk' },
  })

  await open()
  await panel.getByLabel('Sign with a key of the account').check()
  await expect(signer).toHaveCount(0)
  await save.click()
  await expect(scheme).toBeFocused()
  await expect(scheme).toHaveAccessibleDescription(/has none for "message-signature"/)
  await expectGood(page)
  await account.api.createSigningKey({ body: { use: 'message-signature' } })
  await panel.getByText('As a command').click()
  await expect(command).toContainText('--signature-scheme jws --signature-signing-key')
  await save.click()
  await expectToast(page, 'payments is saved.')
  expect(await stored()).toMatchObject({ scheme: 'jws', signingKey: true })

  await open()
  await expect(panel.getByLabel('Sign with a key of the account')).toBeChecked()
  await scheme.selectOption('Not at all')
  await panel.getByText('As a command').click()
  await expect(command).toHaveText('mtls mappings edit payments --remove-signature')
  await save.click()
  await expectToast(page, 'payments is saved.')
  expect(await stored()).toBeUndefined()
})

test('a signature stays when something else is saved, and while one looks at the other schemes', async ({
  page,
  account,
  system,
}) => {
  const id = await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank' }))
  const messageSignature = {
    scheme: 'rfc9421' as const,
    components: ['@method', 'date'],
    algorithm: 'ecdsa-p256-sha256' as const,
  }
  const mappingId = await mapped(account, id, { messageSignature })
  const { panel, scheme, signed, save } = formOf(page)
  await page.goto(account.path(`mappings/${mappingId}`))
  await expect(signed).toHaveValue('@method, date')
  for (const other of ['cavage', 'jws', 'rfc9421']) await scheme.selectOption(other)
  await expect(panel.getByLabel('Algorithm')).toHaveValue('ecdsa-p256-sha256')
  await panel.getByLabel('Name', { exact: true }).fill('renamed')
  await save.click()
  await expectRow(page, { Name: 'renamed' })
  expect((await account.api.getMapping({ mappingId })).body.messageSignature).toEqual(messageSignature)
})

test('a new mapping signs, by keyboard alone', async ({ page, account, system }) => {
  await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank' }))
  const { panel, fold, scheme, signer } = formOf(page)
  await page.goto(account.path('mappings/new'))
  await panel.getByLabel('Name', { exact: true }).fill('signed')
  await panel.getByLabel('Service').selectOption('IDP')
  await panel.getByLabel('Url', { exact: true }).fill('https://bank.example/signed')
  await chooseByTyping(panel.getByRole('combobox', { name: 'Certificate', exact: true }), 'bank')
  const { keyboard } = page
  await fold.focus()
  await keyboard.press('Enter')
  await keyboard.press('Tab')
  await expect(scheme).toBeFocused()
  await keyboard.type('As HTTP')
  await expect(scheme).toHaveValue('rfc9421')
  await keyboard.press('Tab')
  await keyboard.press('Tab')
  await expect(signer).toBeFocused()
  await keyboard.press('Tab')
  await keyboard.press('Tab')
  await keyboard.press('Tab')
  await keyboard.type('@method @path content-digest')
  await keyboard.press('Enter')
  await expectRow(page, { Name: 'signed' })
  const [mapping] = (await account.api.listMappings()).body
  expect(mapping?.messageSignature).toEqual({ scheme: 'rfc9421', components: ['@method', '@path', 'content-digest'] })
})

test.describe('with a token that reads alone', () => {
  test.use({ scopes: ['mtls:read'] })

  test('how requests are signed is seen', async ({ page, account, system }) => {
    const id = await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank' }))
    const mappingId = await mapped(account, id, { messageSignature: { scheme: 'jws', keyId: '90210ABAD' } })
    const { panel, scheme, save } = formOf(page)
    await page.goto(account.path(`mappings/${mappingId}`))
    await expect(scheme).toHaveValue('jws')
    await expect(panel.getByLabel('Key id')).toHaveValue('90210ABAD')
    await expectDisabled(save, /lacks the scope mtls:write/)
    await expectDisabled(panel.getByRole('button', { name: 'Add a member' }), /lacks the scope mtls:write/)
  })
})
