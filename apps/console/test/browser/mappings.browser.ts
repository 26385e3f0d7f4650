import { expectNoAxeViolations } from './support/accessibility.ts'
import { expect, test } from './support/browser-test.ts'
import { chooseByTyping, expectDisabled, expectPage, expectRow, expectToast, signInBy } from './support/on-the-page.ts'

test('two tabs edit a mapping: the second sees both values, and what was typed', async ({
  page,
  context,
  account,
  system,
  expectedFaults,
}) => {
  expectedFaults.push(/^412 PUT .*mappings/)
  const certificateId = await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank' }))
  const mappingId = await account.map('token', 'https://bank.example/token', certificateId)
  const other = await context.newPage()
  for (const tab of [page, other]) {
    await tab.goto(account.path(`mappings/${mappingId}`))
    await expect(tab.getByRole('dialog', { name: 'token' }).getByLabel('Url')).toHaveValue('https://bank.example/token')
  }
  await other.getByLabel('Url', { exact: true }).fill('https://bank.example/v2/token')
  await other.getByRole('button', { name: 'Save' }).click()
  await expectToast(other, 'token is saved.')

  await page.getByLabel('Url', { exact: true }).fill('https://bank.example/v3/token')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  const conflict = page.getByRole('status').filter({ hasText: 'Changed meanwhile' })
  await expectRow(conflict, {
    Field: 'Url',
    Yours: 'https://bank.example/v3/token',
    Now: 'https://bank.example/v2/token',
  })
  await expect(page.getByLabel('Url', { exact: true })).toHaveValue('https://bank.example/v3/token')
  await expectNoAxeViolations(page)

  await conflict.getByRole('button', { name: 'Save mine' }).click()
  await expectToast(page, 'token is saved.')
  expect((await account.api.getMapping({ mappingId })).body.url).toBe('https://bank.example/v3/token')
})

test('a url is mapped, explained, and disabled again', async ({ page, account, system }) => {
  await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank' }))
  await page.goto(account.path('mappings'))
  await expectPage(page, 'Mappings')
  await page.getByRole('link', { name: 'Map a url' }).first().click()
  const panel = page.getByRole('dialog', { name: 'Map a url' })
  await panel.getByLabel('Name', { exact: true }).fill('token')
  await panel.getByLabel('Service').selectOption('IDP')
  await panel.getByLabel('Url').fill(`${system.target.url}/token`)
  await chooseByTyping(panel.getByRole('combobox', { name: 'Certificate' }), 'bank')
  await panel.getByText('As a command').click()
  await expect(panel.getByRole('region', { name: 'the command' })).toHaveText(
    `mtls map bank --service-name IDP --url ${system.target.url}/token --name token`,
  )
  await expectNoAxeViolations(page)
  await panel.getByRole('button', { name: 'Map it' }).click()
  await expectRow(page, { Name: 'token', Service: 'IDP', Certificate: 'bank', State: 'No recent calls' })

  await page.goto(account.path(`explain?service=IDP&url=${encodeURIComponent(`${system.target.url}/token`)}`))
  await expect(page.getByRole('status').filter({ hasText: 'The call presents a certificate' })).toBeVisible()
  await expectNoAxeViolations(page)
  await page.getByLabel('Url').fill(`${system.target.url}/Token`)
  await page.getByRole('button', { name: 'Explain' }).click()
  const near = page.getByRole('region', { name: 'Mappings that almost match' })
  await expect(near).toContainText('upper and lower case')
  await expect(near.locator('mark')).toHaveText('t')
  await page.getByRole('link', { name: 'Map this url' }).click()
  await expect(panel.getByLabel('Url')).toHaveValue(`${system.target.url}/Token`)
  await expect(panel.getByLabel('Service').locator('option:checked')).toHaveText('IDP')
  await panel.getByRole('button', { name: 'Cancel' }).click()
  await expect(page).toHaveURL(account.path('mappings'))

  await page.getByRole('link', { name: 'token', exact: true }).click()
  await page.getByRole('checkbox', { name: 'Enabled' }).uncheck()
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await expectRow(page, { Name: 'token', State: 'Disabled' })
})

test('what a document has made says so', async ({ page, account, system }) => {
  const certificateId = await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank' }))
  const token = { service: 'IDP', url: 'https://bank.example/token', certificate: 'bank' }
  await account.api.applyDocument({ body: { mappings: { token } }, query: { source: 'payments' } })
  const { body } = await account.api.listMappings()
  await page.goto(account.path(`mappings/${body[0]?.id}`))
  const panel = page.getByRole('dialog', { name: 'token' })
  await expect(panel.getByText('The document payments manages this mapping')).toBeVisible()
  await expectNoAxeViolations(page)
  await page.goto(account.path(`certificates/${certificateId}`))
  await expect(page.getByText('Managed by')).toBeHidden()
})

test('a mapping shows its base url, if the console knows the forwarder', async ({ page, account, system }) => {
  const id = await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank' }))
  const one = await account.map('below', 'https://bank.example/v1/*', id)
  const many = await account.map('hosts', 'https://*.bank.example/*', id)
  await page.goto(account.path(`mappings/${one}`))
  const panel = page.getByRole('dialog')
  await expect(panel.getByLabel('Url', { exact: true })).toHaveValue('https://bank.example/v1/*')
  await expect(panel.getByText('As a base url')).toHaveCount(0)

  const console = await system.startConsole({ FORWARDER_URL: system.forwarderApi.url })
  await signInBy(page, await account.signInLink(undefined, console.url))
  await expectPage(page, 'Overview')
  await page.goto(console.url + account.path(`mappings/${one}`))
  await panel.getByText('As a base url').click()
  const baseUrl = `${system.forwarderApi.url}/mtls/account/${account.id}/to/${one}`
  await expect(panel.getByRole('region', { name: 'the base url' })).toHaveText(baseUrl)
  await expect(panel.getByText('in place of https://bank.example/v1/,')).toBeVisible()
  await expect(panel.getByRole('region', { name: 'the command for a call' })).toHaveText('mtls forward --to below')
  await expectNoAxeViolations(page)
  await page.goto(console.url + account.path(`mappings/${many}`))
  await expect(panel.getByLabel('Url', { exact: true })).toHaveValue('https://*.bank.example/*')
  await expect(panel.getByText('As a base url')).toHaveCount(0)
  await console.stop()
})

test('what is wrong stands at its field', async ({ page, account, system, expectedFaults }) => {
  expectedFaults.push(/^4\d\d POST .*mappings/)
  const id = await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank' }))
  await account.map('token', 'https://bank.example/token', id)
  await page.goto(account.path('mappings/new'))
  const panel = page.getByRole('dialog', { name: 'Map a url' })
  await panel.getByLabel('Name', { exact: true }).fill('token')
  await panel.getByLabel('Service').selectOption('IDP')
  await panel.getByLabel('Url').fill('http://bank.example/plain')
  await chooseByTyping(panel.getByRole('combobox', { name: 'Certificate' }), 'bank')
  await panel.getByRole('button', { name: 'Map it' }).click()
  await expect(panel.getByLabel('Url')).toHaveAccessibleDescription(/https/)
  await panel.getByLabel('Url').fill('https://bank.example/other')
  await panel.getByRole('button', { name: 'Map it' }).click()
  await expect(panel.getByLabel('Name', { exact: true })).toHaveAttribute('aria-invalid', 'true')
  await expect(panel.getByLabel('Name', { exact: true })).toBeFocused()
  await expect(panel.getByRole('alert'), 'it is said once').toHaveCount(0)
})

test('10,000 mappings: the first rows come at once, and the search answers while one types', async ({
  page,
  account,
  system,
}) => {
  test.setTimeout(120_000)
  const certificateId = await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank' }))
  for (let thousand = 0; thousand < 10; thousand++) {
    await account.api.createMappings({
      body: Array.from({ length: 1_000 }, (_, index) => {
        const number = String(thousand * 1_000 + index).padStart(4, '0')
        const url = `https://bank.example/${number}`
        return { name: `m${number}`, url, serviceId: 'IDP', certificationId: certificateId }
      }),
    })
  }
  await page.goto(account.path('mappings'))
  await expectRow(page, { Url: /^https:\/\/bank\.example/ })
  await page.getByLabel('Search by name or url').pressSequentially('m777')
  await expectRow(page, { Name: 'm7777' })
  await expect(page.getByRole('row')).toHaveCount(11)
  await page.getByLabel('Search by name or url').fill('')
  await expect(page.getByRole('row')).toHaveCount(51)
  await page.getByRole('button', { name: 'Load more' }).click()
  await expect(page.getByRole('row')).toHaveCount(101)
})

test.describe('with a token that reads alone', () => {
  test.use({ scopes: ['mtls:read'] })

  test('every change stays in its place, and says which scope is missing', async ({ page, account, system }) => {
    const id = await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank' }))
    const mappingId = await account.map('token', 'https://bank.example/token', id)
    const missing = /lacks the scope mtls:(write|admin)/
    await page.goto(account.path(`mappings/${mappingId}`))
    await expectDisabled(page.getByRole('button', { name: 'Save', exact: true }), missing)
    await expectDisabled(page.getByRole('button', { name: 'Delete the mapping' }), missing)
    await page.goto(account.path('mappings/new'))
    await expectDisabled(page.getByRole('button', { name: 'Map it' }), missing)
    await page.goto(account.path(`certificates/${id}/rotate`))
    await expectDisabled(page.getByRole('button', { name: 'Stage', exact: true }), missing)
    await expectDisabled(page.getByRole('button', { name: 'Promote', exact: true }), missing)
    await page.goto(account.path('app-keys'))
    await expectDisabled(page.getByRole('button', { name: 'Create an app key' }).first(), missing)
    await page.goto(account.path('invitations'))
    await expectDisabled(page.getByRole('button', { name: 'Invite somebody' }).first(), missing)
    await page.goto(account.path('settings'))
    await expect(page.getByText(missing)).toBeVisible()
    await page.goto(account.path('audit'))
    await expect(page.getByText(missing)).toBeVisible()
  })
})

test('what is offered to a target is set, refused at its field, and taken back', async ({
  page,
  account,
  system,
  expectedFaults,
}) => {
  expectedFaults.push(/^400 PUT .*mappings/)
  const certificateId = await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank' }))
  const mappingId = await account.map('old', 'https://bank.example/old', certificateId)
  const stored = async () => (await account.api.getMapping({ mappingId })).body.targetTls
  await page.goto(account.path(`mappings/${mappingId}`))
  const panel = page.getByRole('dialog', { name: 'old' })
  const save = panel.getByRole('button', { name: 'Save', exact: true })
  await panel.getByText('What is offered in the TLS handshake').click()
  await panel.getByLabel('Highest version of TLS').selectOption('TLS 1.2')
  await panel.getByLabel('Legacy renegotiation').check()
  await panel.getByLabel('Groups').fill('X25519, P-257')
  await expectNoAxeViolations(page)
  await save.click()
  await expect(panel.getByLabel('Groups')).toHaveAccessibleDescription(/There are: X25519MLKEM768, /)
  await panel.getByLabel('Groups').fill('X25519, P-256')
  await save.click()
  await expectToast(page, 'old is saved.')
  expect(await stored()).toEqual({ maxVersion: '1.2', legacyRenegotiation: true, groups: ['X25519', 'P-256'] })

  await page.goto(account.path(`mappings/${mappingId}`))
  await expect(panel.getByLabel('Groups')).toHaveValue('X25519, P-256')
  await panel.getByLabel('Highest version of TLS').selectOption('As for all targets')
  await panel.getByLabel('Legacy renegotiation').uncheck()
  await panel.getByLabel('Groups').fill('')
  await panel.getByText('As a command').click()
  await expect(panel.getByRole('region', { name: 'the command' })).toHaveText(
    'mtls mappings edit old --remove-target-tls',
  )
  await save.click()
  await expectToast(page, 'old is saved.')
  expect(await stored()).toBeUndefined()
})
