import { expectNoAxeViolations } from './support/accessibility.ts'
import { expect, test } from './support/browser-test.ts'
import { expectFits, expectPage } from './support/on-the-page.ts'

test('Ctrl-K and / lead to a page, a certificate or a mapping by some letters, without a pointer', async ({
  page,
  account,
  system,
}) => {
  const id = await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank' }))
  await account.addCertificate('other', await system.target.clientCa.issue({ commonName: 'other' }))
  await account.map('token', 'https://bank.example/token', id)
  const finder = page.getByRole('dialog', { name: 'Find' })
  const field = finder.getByRole('combobox', { name: 'Page, certificate or mapping' })
  const found = finder.getByRole('listbox', { name: 'Found' }).getByRole('option')

  const code = Promise.withResolvers<void>()
  await page.route(/\/finder-[^/]*\.js$/, async (route) => {
    await code.promise
    await route.continue()
  })
  await page.goto(account.path())
  await expectPage(page, 'Overview')
  const coming = page.waitForRequest(/\/finder-[^/]*\.js$/)
  await page.keyboard.press('/')
  await coming
  await page.keyboard.type('s')
  code.resolve()
  await expect(field).toBeFocused()
  await expect(field, 'what was typed before it was there, without the slash').toHaveValue('s')
  await field.fill('')
  await expect(found.first(), 'all pages, before anything is typed').toHaveText(/^Overview/)
  await page.keyboard.type('set')
  await expect(found).toHaveText([/^Settings/])
  await page.keyboard.press('Enter')
  await expectPage(page, 'Settings')

  await page.keyboard.press('Control+k')
  await page.keyboard.type('bank')
  await expect(found).toHaveText([/^bank.*Certificate$/, /^token.*https:\/\/bank\.example\/token.*Mapping$/])
  await expect(found.nth(0)).toHaveAttribute('aria-selected', 'true')
  await expectNoAxeViolations(page)
  for (const width of [320, 390, 768, 1_440]) await expectFits(page, width)
  await page.keyboard.press('ArrowDown')
  await expect(found.nth(1)).toHaveAttribute('aria-selected', 'true')
  await page.keyboard.press('ArrowDown')
  await expect(found.nth(0), 'behind the last comes the first').toHaveAttribute('aria-selected', 'true')
  await page.keyboard.press('Enter')
  await expectPage(page, 'bank')

  await page.keyboard.press('/')
  await page.keyboard.type('token')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog', { name: 'token' }), 'Enter does not wait for what is found').toBeVisible()
  await page.keyboard.press('Escape')
  await expectPage(page, 'Mappings')

  await page.keyboard.press('/')
  await page.keyboard.type('no such thing')
  await expect(finder).toContainText('No page, certificate or mapping is called that.')
  await page.keyboard.press('Escape')
  await expect(finder).toHaveCount(0)

  await page.getByRole('button', { name: 'Find' }).click()
  await field.fill('tok')
  await found.filter({ hasText: 'token' }).click()
  await expect(page.getByRole('dialog', { name: 'token' })).toBeVisible()
  await page.keyboard.press('Control+k')
  await expect(finder, 'what is open may have something that was typed').toHaveCount(0)
})

test('a slash that is typed is a slash', async ({ page, account, system }) => {
  const id = await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank' }))
  await account.map('token', 'https://bank.example/token', id)
  await page.goto(account.path('mappings'))
  await page.getByLabel('Search by name or url').pressSequentially('bank.example/token')
  await expect(page.getByLabel('Search by name or url')).toHaveValue('bank.example/token')
  await expect(page.getByRole('dialog')).toHaveCount(0)
})
