import { readFile } from 'node:fs/promises'
import { makePkcs12 } from '@mtls-gateway/test-kit'
import type { Page } from '@playwright/test'
import { expectNoAxeViolations } from './support/accessibility.ts'
import { type Account, password } from './support/account.ts'
import { expect, test } from './support/browser-test.ts'
import { expectFits, expectRow, expectToast } from './support/on-the-page.ts'

/** Names are made in another order than theirs; 7,919 is prime, so that each number comes once. */
const shuffled = (count: number) => Array.from({ length: count }, (_, at) => (at * 7_919) % count)

/** `client-0` and so on, in this order. */
async function addCertificates(
  account: Account,
  identity: Parameters<typeof makePkcs12>[0]['identity'],
  count: number,
) {
  const p12 = Buffer.from(makePkcs12({ identity, password })).toString('base64')
  const ids: number[] = []
  for (const numbers of slices(shuffled(count), 100)) {
    const body = numbers.map((number) => ({ name: `client-${number}`, p12, password }))
    const saved = await account.api.createCertificates({ body })
    for (const { id, name } of saved.body.successfulySavedCertificates) ids[Number(name.slice('client-'.length))] = id
  }
  return ids
}

/** `mapping-0` and so on, of these certificates in turn. */
async function addMappings(account: Account, certificateIds: readonly number[], count: number) {
  for (const numbers of slices(shuffled(count), 1_000)) {
    const body = numbers.map((number) => ({
      ...{ name: `mapping-${number}`, url: `https://bank.example/${number}`, serviceId: 'IDP' },
      certificationId: String(certificateIds[number % certificateIds.length]),
    }))
    await account.api.createMappings({ body })
  }
}

function slices<Item>(items: readonly Item[], length: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / length) }, (_, at) =>
    items.slice(at * length, (at + 1) * length),
  )
}

const firstNames = (page: Page, count: number) =>
  page
    .getByRole('rowheader')
    .evaluateAll((cells, length) => cells.slice(0, length).map((cell) => cell.textContent), count)

async function download(page: Page): Promise<string> {
  const coming = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download CSV' }).click()
  return readFile(await (await coming).path(), 'utf8')
}

test('200 certificates and 5,000 mappings are sorted, counted and saved as CSV', async ({ page, account, system }) => {
  test.setTimeout(180_000)
  const identity = await system.target.clientCa.issue({ commonName: 'client' })
  await addMappings(account, await addCertificates(account, identity, 200), 5_000)

  await page.goto(account.path('certificates'))
  await expect(page.getByText('200 certificates', { exact: true })).toBeVisible()
  expect(await firstNames(page, 3)).toEqual(['client-0', 'client-1', 'client-2'])
  await page.getByLabel('Sort by').selectOption('Name, Z to A')
  await expect.poll(() => firstNames(page, 3)).toEqual(['client-199', 'client-198', 'client-197'])
  await page.getByLabel('Search by name or subject').fill('client-19')
  await expect(page.getByText('11 certificates', { exact: true })).toBeVisible()
  await expectNoAxeViolations(page)
  expect((await download(page)).split('\r\n')).toHaveLength(13)

  let readBeside = 0
  page.on('response', async (response) => {
    if (response.url().includes('/certificates?')) readBeside += (await response.body()).length
  })
  await page.goto(account.path('mappings'))
  await expect(page.getByText('5,000 mappings', { exact: true })).toBeVisible()
  expect(await firstNames(page, 3)).toEqual(['mapping-0', 'mapping-1', 'mapping-2'])
  await expectRow(page, { Name: 'mapping-7', Certificate: 'client-7' })
  expect(readBeside, 'what is asked for beside the mappings').toBeLessThan(50_000)
  await page.getByRole('button', { name: 'Load more' }).click()
  await expect(page.getByRole('row')).toHaveCount(101)
  await expectRow(page, { Name: 'mapping-70', Certificate: 'client-70' })
  for (const width of [390, 768, 1_440]) await expectFits(page, width)
  await page.setViewportSize({ width: 1_180, height: 800 })
  const topOf = async (label: string) => (await page.getByLabel(label, { exact: true }).boundingBox())?.y
  expect(await topOf('Sort by'), 'in one line').toBe(await topOf('Search by name or url'))

  await page.getByLabel('Sort by').selectOption('Expires first')
  await expectRow(page, { Certificate: /^client-\d+ ?expires in/ })
  await page.getByLabel('Sort by').selectOption('Name, Z to A')
  await expect.poll(() => firstNames(page, 2)).toEqual(['mapping-4999', 'mapping-4998'])
  const lines = (await download(page)).split('\r\n')
  expect(lines).toHaveLength(5_002)
  expect(lines[0]).toMatch(/^\ufeffid,name,serviceId,/)
  expect(lines[5_000]).toMatch(/^\d+,mapping-0,/)
})

test('one of 200 certificates is found by typing, with the keyboard alone', async ({ page, account, system }) => {
  test.setTimeout(120_000)
  const identity = await system.target.clientCa.issue({ commonName: 'client' })
  const ids = await addCertificates(account, identity, 200)
  await addMappings(account, ids, 200)
  await page.goto(account.path('mappings/new'))
  const panel = page.getByRole('dialog', { name: 'Map a url' })
  const box = panel.getByRole('combobox', { name: 'Certificate' })
  const options = panel.getByRole('listbox', { name: 'Certificate' }).getByRole('option')
  await expect(box).toHaveAttribute('aria-expanded', 'false')
  await expect(box).toHaveAccessibleDescription(/Type a part of its name/)

  await box.focus()
  await page.keyboard.press('ArrowDown')
  await expect(box).toHaveAttribute('aria-expanded', 'true')
  await expect(panel.getByRole('status').filter({ hasText: '20 of 200 certificates' })).toBeAttached()
  await expect(options).toHaveCount(20)
  await page.keyboard.type('client-19')
  await expect(options).toHaveText([
    /^client-19/,
    ...Array.from({ length: 10 }, (_, at) => new RegExp(`^client-19${at}`)),
  ])
  await expect(panel.getByRole('status').filter({ hasText: '11 certificates.' })).toBeAttached()
  await expectNoAxeViolations(page)
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  const active = panel.getByRole('listbox', { name: 'Certificate' }).getByRole('option', { selected: true })
  await expect(active).toHaveText(/^client-190/)
  await expect(box).toHaveAttribute('aria-activedescendant', (await active.getAttribute('id')) ?? 'none')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('ArrowUp')
  await expect(active).toHaveText(/^client-199/)
  await page.keyboard.press('Enter')
  await expect(box).toHaveValue('client-199')
  await expect(box).toBeFocused()
  await expect(box).toHaveAttribute('aria-expanded', 'false')

  await page.keyboard.type('nobody')
  await expect(panel.getByRole('status').filter({ hasText: 'No certificate found.' })).toBeAttached()
  await page.keyboard.press('Escape')
  await expect(box, 'what was chosen stays, and so does the dialog').toHaveValue('client-199')
  await expect(panel).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(panel).toHaveCount(0)

  await page.goto(account.path(`mappings?certificateId=${ids[7]}`))
  const filter = page.getByRole('combobox', { name: 'Certificate' })
  await expect(filter, 'the url says which').toHaveValue('client-7')
  await expect(page.getByText('1 mapping', { exact: true })).toBeVisible()
  await filter.fill('')
  await page.keyboard.press('Tab')
  await expect(page.getByText('200 mappings', { exact: true })).toBeVisible()
  const found = page.getByRole('listbox', { name: 'Certificate' }).getByRole('option')
  await filter.click()
  await page.keyboard.type('client-12')
  await found.filter({ hasText: /^client-120/ }).click()
  await expectRow(page, { Name: 'mapping-120', Certificate: 'client-120' })
  await expect(page.getByRole('row')).toHaveCount(2)
  await filter.click()
  await expect(found).toHaveCount(20)
  await expectNoAxeViolations(page)
  for (const width of [390, 768, 1_440]) await expectFits(page, width)
})

test('5,000 mappings are disabled at once, and what cannot be changed is named', async ({
  page,
  account,
  system,
  expectedFaults,
}) => {
  test.setTimeout(180_000)
  expectedFaults.push(/^404 PUT .*mappings/)
  const identity = await system.target.clientCa.issue({ commonName: 'client' })
  await addMappings(account, await addCertificates(account, identity, 1), 5_000)
  const countOf = async (enable: 'true' | 'false') =>
    (await account.api.listMappings({ query: { enable, limit: 1 } })).headers.get('x-total-count')
  await page.goto(account.path('mappings'))
  const bar = page.getByRole('region', { name: 'Selected mappings' })

  await page.getByRole('checkbox', { name: 'Select mapping-1', exact: true }).check()
  await page.getByRole('checkbox', { name: 'Select mapping-3', exact: true }).check()
  await expect(bar).toContainText('2 mappings selected')
  await expectNoAxeViolations(page)
  await page.getByRole('row').last().scrollIntoViewIfNeeded()
  const top = await page.getByRole('banner').boundingBox()
  const { y = 0 } = (await bar.boundingBox()) ?? {}
  expect(y, 'below the bar above all pages').toBeGreaterThanOrEqual((top?.y ?? 0) + (top?.height ?? 0))
  const box = page.getByRole('checkbox', { name: 'Select mapping-1', exact: true })
  await box.focus()
  const focused = await box.boundingBox()
  const { y: barTop = 0, height = 0 } = (await bar.boundingBox()) ?? {}
  expect(focused?.y, 'what has the focus is not behind it').toBeGreaterThanOrEqual(barTop + height)
  for (const width of [390, 768, 1_440]) await expectFits(page, width)
  const { body } = await account.api.listMappings({ query: { search: 'mapping-3', sort: 'name', limit: 1 } })
  await account.api.deleteMapping({ mappingId: body[0]?.id ?? 0 })
  await bar.getByRole('button', { name: 'Disable' }).click()
  await expectToast(page, '1 mapping is disabled.')
  await expect(page.getByText('1 mapping could not be changed')).toBeVisible()
  await expect(
    page.getByRole('listitem').filter({ hasText: `This account has no mapping ${body[0]?.id}` }),
  ).toBeVisible()
  await expectRow(page, { Name: 'mapping-1', State: 'Disabled' })
  expect(await countOf('false')).toBe('1')
  await bar.getByRole('button', { name: 'Select none' }).click()

  await page.getByRole('checkbox', { name: 'Select all that are shown' }).check()
  await expect(bar).toContainText('50 mappings selected')
  await bar.getByRole('button', { name: 'Select all 4,999' }).click()
  await expect(bar).toContainText('4,999 mappings selected')
  await bar.getByRole('button', { name: 'Disable' }).click()
  await expect(bar).toHaveCount(0, { timeout: 120_000 })
  await expectToast(page, '4,999 mappings are disabled.')
  expect(await countOf('false')).toBe('4999')

  await page.getByLabel('Search by name or url').fill('mapping-49')
  await expect(page.getByText('111 mappings', { exact: true })).toBeVisible()
  await page.getByRole('checkbox', { name: 'Select mapping-49', exact: true }).check()
  await bar.getByRole('button', { name: 'Select all 111' }).click()
  await bar.getByRole('button', { name: 'Delete' }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete 111 mappings?' })
  await expectNoAxeViolations(page)
  await dialog.getByLabel('Type “111 mappings” to confirm').fill('111 mappings')
  await dialog.getByRole('button', { name: 'Delete them' }).click()
  await expectToast(page, '111 mappings are deleted.')
  await expect(page.getByRole('heading', { name: 'No mappings found' })).toBeVisible()
  expect(await countOf('false')).toBe('4888')
})
