import type { Page } from '@playwright/test'
import { expectNoAxeViolations } from './support/accessibility.ts'
import { Answers } from './support/answers.ts'
import { expect, test } from './support/browser-test.ts'
import { chooseByTyping, expectDisabled, expectFits, expectRow, expectToast } from './support/on-the-page.ts'

const title = 'What the target wants besides the certificate'
const widths = [320, 390, 768, 1_440]

function formOf(page: Page) {
  const panel = page.getByRole('dialog')
  return {
    panel,
    fold: panel.getByText(title),
    kind: panel.getByLabel('Calls also have'),
    save: panel.getByRole('button', { name: 'Save', exact: true }),
    secret: panel.getByLabel('Secret of the client'),
    name: (index: number) => panel.getByLabel('Header field', { exact: true }).nth(index),
    value: (index: number) => panel.getByLabel('Value', { exact: true }).nth(index),
  }
}

test('a mapping gets an access token; its secret is kept, asked for again where it must be, and never shown', async ({
  page,
  account,
  system,
  expectedFaults,
}) => {
  expectedFaults.push(/^400 PUT .*mappings/)
  const answers = new Answers(page, system.url)
  const id = await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank' }))
  const mappingId = await account.map('token', 'https://bank.example/token', id)
  const stored = async () => (await account.api.getMapping({ mappingId })).body.targetAuth
  const { panel, fold, kind, save, secret } = formOf(page)
  const open = () => page.goto(account.path(`mappings/${mappingId}`))
  const endpoint = panel.getByLabel('Token endpoint')
  await open()
  await fold.click()
  await kind.selectOption('An access token (OAuth 2, client credentials)')
  await endpoint.fill('http://auth.bank.example/token')
  await panel.getByLabel('Client id').fill('tpp-1')
  const method = panel.getByLabel('How the client shows who it is')
  await expect(method).toHaveValue('tls_client_auth')
  await expect(secret, 'the certificate says who it is').toHaveCount(0)
  await method.selectOption('client_secret_basic')
  await panel.getByLabel('Scope').fill('payments')
  await panel.getByRole('button', { name: 'Add a parameter' }).click()
  await expect(panel.getByLabel('Parameter', { exact: true })).toBeFocused()
  await panel.getByLabel('Parameter', { exact: true }).fill('resource')
  await panel.getByLabel('Value', { exact: true }).fill('https://bank.example')
  await save.click()
  await expect(endpoint).toBeFocused()
  await expect(endpoint).toHaveAccessibleDescription(/https:\/\//)
  await expect(panel.getByLabel('Url', { exact: true }), 'it is another url').toHaveAttribute('aria-invalid', 'false')
  await endpoint.fill('https://auth.bank.example/token')
  await save.click()
  await expect(secret).toBeFocused()
  await expect(secret).toHaveAccessibleDescription(/Type it: none is stored/)
  await expectNoAxeViolations(page)
  for (const width of widths) await expectFits(page, width)
  await secret.fill('canary-secret')
  await panel.getByText('As a command').click()
  await expect(panel.getByRole('region', { name: 'the command' })).toHaveText(
    'mtls mappings edit token --oauth2-token-url https://auth.bank.example/token --oauth2-client-id tpp-1 ' +
      '--oauth2-method client_secret_basic --oauth2-scope payments --oauth2-parameter resource=https://bank.example ' +
      '--oauth2-secret-file client-secret.txt',
  )
  await save.click()
  await expectToast(page, 'token is saved.')
  const asked = {
    ...{ type: 'oauth2', tokenUrl: 'https://auth.bank.example/token', clientId: 'tpp-1', scope: 'payments' },
    ...{ method: 'client_secret_basic', parameters: { resource: 'https://bank.example' }, hasSecret: true },
  }
  const first = await stored()
  expect(first).toMatchObject(asked)

  await open()
  await expect(secret).toHaveValue('')
  await expect(secret).toHaveAccessibleDescription(/^Set .* by alice\. Leave it empty to keep it/)
  await expectNoAxeViolations(page)
  await panel.getByLabel('Scope').fill('payments accounts')
  await save.click()
  await expectToast(page, 'token is saved.')
  expect(await stored()).toEqual({ ...first, scope: 'payments accounts' })

  await open()
  await panel.getByLabel('Client id').fill('tpp-2')
  await save.click()
  await expect(secret).toBeFocused()
  await expect(secret).toHaveAccessibleDescription(/Type it: none is stored/)
  await secret.fill('canary-other')
  await save.click()
  await expectToast(page, 'token is saved.')
  expect(await stored()).toMatchObject({ clientId: 'tpp-2', hasSecret: true })

  await open()
  await kind.selectOption('Nothing else')
  await expect(kind).toHaveAccessibleDescription('What is stored now is deleted when you save.')
  await expect(kind, 'it stays open').toBeVisible()
  await save.click()
  await expectToast(page, 'token is saved.')
  expect(await stored()).toBeUndefined()
  expect(await answers.containing('canary')).toEqual([])
})

test('a new mapping has header fields with stored values, by keyboard alone', async ({
  page,
  account,
  system,
  expectedFaults,
}) => {
  expectedFaults.push(/^400 (POST|PUT) .*mappings/)
  await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank' }))
  const { panel, kind, save, name, value } = formOf(page)
  await page.goto(account.path('mappings/new'))
  await panel.getByLabel('Name', { exact: true }).fill('keyed')
  await panel.getByLabel('Service').selectOption('IDP')
  await panel.getByLabel('Url', { exact: true }).fill('https://bank.example/keyed')
  await chooseByTyping(panel.getByRole('combobox', { name: 'Certificate' }), 'bank')
  const { keyboard } = page
  await panel.getByText(title).focus()
  await keyboard.press('Enter')
  await keyboard.press('Tab')
  await expect(kind).toBeFocused()
  await keyboard.type('Header')
  await expect(kind).toHaveValue('headers')
  await keyboard.press('Tab')
  await keyboard.type('Host')
  await keyboard.press('Tab')
  await keyboard.type('canary-1')
  await keyboard.press('Tab')
  await expectDisabled(panel.getByRole('button', { name: 'Remove Host' }), /^Choose “Nothing else”/)
  await keyboard.press('Tab')
  await keyboard.press('Enter')
  await expect(name(1)).toBeFocused()
  await keyboard.type('X-Tenant')
  await keyboard.press('Enter')
  await expect(name(0)).toBeFocused()
  await expect(name(0)).toHaveAccessibleDescription(/the gateway's own/)
  await expect(panel.getByLabel('Name', { exact: true }), 'it is another name').toHaveAttribute('aria-invalid', 'false')
  await name(0).fill('X-Api-Key')
  await keyboard.press('Enter')
  await expect(value(1)).toBeFocused()
  await expect(value(1)).toHaveAccessibleDescription(/Type it: none is stored/)
  await expectNoAxeViolations(page)
  for (const width of widths) await expectFits(page, width)
  await value(1).fill('canary-2')
  await keyboard.press('Enter')
  await expectRow(page, { Name: 'keyed' })

  await page.getByRole('link', { name: 'keyed', exact: true }).click()
  await expect(value(0)).toHaveAccessibleDescription(/^Set .* by alice/)
  await panel.getByRole('button', { name: 'Remove X-Tenant' }).click()
  await expect(panel.getByRole('group', { name: 'Header fields' })).toBeFocused()
  await panel.getByLabel('Name', { exact: true }).fill('renamed')
  await save.click()
  await expectRow(page, { Name: 'renamed' })
  const [mapping] = (await account.api.listMappings()).body
  expect(mapping?.targetAuth).toMatchObject({ headers: [{ name: 'X-Api-Key', hasSecret: true }] })

  await page.getByRole('link', { name: 'renamed', exact: true }).click()
  await panel.getByLabel('Url', { exact: true }).fill('https://other.example/keyed')
  await save.click()
  await expect(value(0)).toBeFocused()
  await expect(value(0)).toHaveAccessibleDescription(/Type it: none is stored/)
})

test('two people change the credentials of a target: no secret is compared in plain text', async ({
  page,
  account,
  system,
  expectedFaults,
}) => {
  expectedFaults.push(/^412 PUT .*mappings/)
  const id = await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank' }))
  const targetAuth = { type: 'headers' as const, headers: [{ name: 'X-Api-Key', secret: 'k' }] }
  const mapped = { serviceId: 'IDP', certificationId: String(id), url: 'https://bank.example/', name: 'keyed' }
  const { body } = await account.api.createMappings({ body: [{ ...mapped, targetAuth }] })
  const mappingId = body[0]?.id ?? 0
  const { panel, save, value } = formOf(page)
  await page.goto(account.path(`mappings/${mappingId}`))
  await value(0).fill('canary-mine')
  await account.api.updateMapping({ mappingId, body: { answerTimeoutSeconds: 5 } })
  await save.click()
  const conflict = panel.getByRole('status').filter({ hasText: 'Changed meanwhile' })
  await expectRow(conflict, { Field: 'Header fields', Yours: 'X-Api-Key with another value', Now: 'X-Api-Key' })
  await expect(conflict).not.toContainText('canary')
  await expectNoAxeViolations(page)
})

test.describe('with a token that reads alone', () => {
  test.use({ scopes: ['mtls:read'] })

  test('what the target wants is seen, and nothing of its secret', async ({ page, account, system }) => {
    const id = await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank' }))
    const targetAuth = { type: 'headers' as const, headers: [{ name: 'X-Api-Key', secret: 'canary' }] }
    const mapped = { serviceId: 'IDP', certificationId: String(id), url: 'https://bank.example/', name: 'keyed' }
    const { body } = await account.api.createMappings({ body: [{ ...mapped, targetAuth }] })
    const { panel, name, value, save } = formOf(page)
    await page.goto(account.path(`mappings/${body[0]?.id}`))
    await expect(name(0)).toHaveValue('X-Api-Key')
    await expect(value(0)).toHaveValue('')
    await expect(value(0)).toHaveAccessibleDescription(/^Set .* by alice/)
    const add = panel.getByRole('button', { name: 'Add a header field' })
    for (const button of [save, add]) await expectDisabled(button, /lacks the scope mtls:write/)
  })
})
