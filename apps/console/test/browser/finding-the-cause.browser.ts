import { expectNoAxeViolations } from './support/accessibility.ts'
import { expect, test } from './support/browser-test.ts'
import { expectFits, expectPage } from './support/on-the-page.ts'

test('a call that the target closed on leads to the CAs that the target accepts', async ({ page, account, system }) => {
  const identity = await system.target.clientCa.issue({ commonName: 'main.example' })
  const certificateId = await account.addCertificate('main', identity)
  const url = `${system.partner.url}/transfers`
  await account.map('transfers', url, certificateId)
  await (await account.caller())(url).catch(() => undefined)

  await page.goto(account.path())
  const need = page.getByRole('list', { name: 'Needs attention' }).getByRole('listitem').filter({ hasText: url })
  await expect(need).toContainText('Often that means that it does not accept the client certificate')
  await need.getByRole('link', { name: /^Try the certificate/ }).click()
  await expectPage(page, 'main')
  await expect(page.getByLabel('Url of the target'), 'the button does what the text says').toHaveValue(url)
  await page.goto(account.path('calls'))
  await page.setViewportSize({ width: 1180, height: 800 })
  const row = page.getByRole('row').filter({ hasText: url })
  await expect(row).toContainText('Often that means that it does not accept the client certificate')
  const { height = 0 } = (await row.boundingBox()) ?? {}
  expect(height, 'a long reason does not make its row a page').toBeLessThan(150)
  await page.getByRole('button', { name: `Details of GET ${url}` }).click()
  await expect(page.getByRole('dialog').getByRole('link', { name: 'transfers', exact: true })).toBeVisible()
  await page.getByRole('link', { name: 'Try the certificate at this url' }).click()
  await expectPage(page, 'main')
  await expect(page.getByLabel('Url of the target')).toHaveValue(url)
  await page.getByRole('button', { name: 'Call the target' }).click()
  // Two processes find out, which everything else comes before.
  const result = page.getByRole('status', { name: 'Result of the call' })
  await expect(result).toContainText('Partner CA')
})

test('calls of a disabled mapping and of a url without its slash need attention until they succeed', async ({
  page,
  account,
  system,
}) => {
  const identity = await system.target.clientCa.issue({ commonName: 'main.example' })
  const certificateId = await account.addCertificate('main', identity)
  const [disabled, nearly] = [`${system.target.url}/debits`, `${system.target.url}/balances`]
  const mappingId = await account.map('debits', disabled, certificateId)
  await account.map('balances', `${nearly}/`, certificateId)
  await account.api.updateMapping({ mappingId, body: { enable: false } })
  const call = await account.caller()
  for (const url of [disabled, nearly]) await call(url).catch(() => undefined)

  await page.goto(account.path())
  const needs = page.getByRole('list', { name: 'Needs attention' }).getByRole('listitem')
  await expect(needs.filter({ hasText: disabled })).toContainText('Its mapping is disabled.')
  await expect(needs.filter({ hasText: disabled }).getByRole('link', { name: /^Open the mapping/ })).toBeVisible()
  await expect(needs.filter({ hasText: nearly })).toContainText('no mapping has exactly this service and url')

  await account.api.updateMapping({ mappingId, body: { enable: true } })
  await expect.poll(async () => (await call(disabled).catch(() => undefined))?.status).toBe(200)
  await expect(async () => {
    await page.reload()
    await expect(needs.filter({ hasText: nearly })).toBeVisible()
    await expect(needs.filter({ hasText: disabled })).toHaveCount(0, { timeout: 1_000 })
  }).toPass()
})

test('calls by a mapping that was deleted since need nobody, and one without a mapping leads to a new one', async ({
  page,
  account,
  system,
  expectedFaults,
}) => {
  expectedFaults.push(/^404 GET .*mappings/)
  const identity = await system.target.clientCa.issue({ commonName: 'main.example' })
  const certificateId = await account.addCertificate('main', identity)
  const [gone, unmapped] = [`${system.partner.url}/gone`, `${system.target.url}/unmapped`]
  const mappingId = await account.map('gone', gone, certificateId)
  const call = await account.caller()
  for (const url of [gone, unmapped]) await call(url).catch(() => undefined)
  const needs = page.getByRole('list', { name: 'Needs attention' }).getByRole('listitem')
  await page.goto(account.path())
  await expect(needs).toHaveCount(2)

  await account.api.deleteMapping({ mappingId })
  await page.reload()
  await expect(needs.filter({ hasText: unmapped })).toBeVisible()
  await expect(needs.filter({ hasText: gone })).toHaveCount(0)

  await page.goto(account.path('calls'))
  const details = page.getByRole('button', { name: /^Details of GET/ })
  await expect(details).toHaveCount(2)
  await expect(page.getByRole('row').filter({ hasText: gone })).toContainText('by a mapping that is deleted')
  await page.getByLabel('Search by url').fill(unmapped.replace('https://', ''))
  await expect(details, 'found without its scheme').toHaveCount(1)
  await page.getByText('As a command').click()
  await expect(page.getByRole('region', { name: 'the command' })).toHaveText(
    `mtls calls --url ${unmapped.replace('https://', '')}`,
  )
  await page.getByLabel('Until').fill('2026-01-01')
  await expect(details).toHaveCount(0)
  await page.getByLabel('Until').fill('')
  await expectNoAxeViolations(page)
  await page.getByRole('button', { name: `Details of GET ${unmapped}` }).click()
  await page.getByRole('link', { name: 'Map this url' }).click()
  await expect(page.getByRole('dialog').getByLabel('Url')).toHaveValue(unmapped)
})

test('calls say by which mapping they went, and are found by its name, once all of it is typed', async ({
  page,
  account,
  system,
}) => {
  const identity = await system.target.clientCa.issue({ commonName: 'main.example' })
  const certificateId = await account.addCertificate('main', identity)
  const urls = [`${system.partner.url}/one`, `${system.partner.url}/two`] as const
  await account.map('transfers', urls[0], certificateId)
  const mappingId = await account.map('transfers of today', urls[1], certificateId)
  const call = await account.caller()
  for (const url of urls) await expect(call(url)).rejects.toThrow('TARGET_UNREACHABLE')
  await page.goto(account.path('calls'))
  const details = page.getByRole('button', { name: /^Details of GET/ })
  await expect(details).toHaveCount(2)
  for (const name of ['transfers', 'transfers of today'])
    await expect(page.getByRole('cell').getByRole('link', { name, exact: true })).toBeVisible()
  const mapping = page.getByRole('combobox', { name: 'Mapping' })
  await mapping.fill('transfers')
  await mapping.press('Enter')
  await expect(mapping, 'another name begins with it').toHaveValue('transfers')
  await expect(details).toHaveCount(1)
  await expect(details).toHaveAccessibleName(`Details of GET ${urls[0]}`)
  await mapping.fill('transfers of today')
  await page.keyboard.press('Tab')
  await expect(details).toHaveCount(1)
  await expect(details).toHaveAccessibleName(`Details of GET ${urls[1]}`)
  await page.getByText('As a command').click()
  await expect(page.getByRole('region', { name: 'the command' })).toHaveText(`mtls calls --mapping ${mappingId}`)
  await expectNoAxeViolations(page)
  for (const width of [320, 390, 768, 1_180, 1_440]) await expectFits(page, width)
  await mapping.fill('')
  await mapping.blur()
  await expect(details).toHaveCount(2)
  await mapping.fill('no such mapping')
  await mapping.press('Enter')
  await expect(page.getByRole('status').filter({ hasText: 'No mapping found.' })).toBeAttached()
  await expect(mapping, 'it can be corrected').toHaveValue('no such mapping')
  await mapping.blur()
  await expect(mapping).toHaveValue('')
  await expect(details).toHaveCount(2)
})
