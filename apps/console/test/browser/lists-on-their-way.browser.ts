import type { Page } from '@playwright/test'
import { expect, test } from './support/browser-test.ts'
import { expectPage, expectRow } from './support/on-the-page.ts'

const lists = [
  { path: 'certificates', heading: 'Certificates', action: 'Add a certificate', role: 'link' },
  { path: 'mappings', heading: 'Mappings', action: 'Map a url', role: 'link' },
  { path: 'app-keys', heading: 'App keys', action: 'Create an app key', role: 'button' },
  { path: 'invitations', heading: 'Invitations', action: 'Invite somebody', role: 'button' },
] as const

/** @returns what lets the list come */
async function holdBack(page: Page, path: string): Promise<() => void> {
  const arrival = Promise.withResolvers<void>()
  await page.route(new RegExp(`/${path}(\\?|$)`), async (route) => {
    if (route.request().resourceType() !== 'document') await arrival.promise
    await route.fallback()
  })
  return arrival.resolve
}

for (const { path, heading, action, role } of lists) {
  test(`until the list of ${path} has come, nothing begins one that an empty list would take away`, async ({
    page,
    account,
  }) => {
    const letCome = await holdBack(page, path)
    await page.goto(account.path(path))
    await expectPage(page, heading)
    const begin = page.getByRole('main').getByRole(role, { name: action })
    await expect(page.getByRole('status', { name: `Loading ${heading.toLowerCase()}` })).toBeAttached()
    await expect(begin).toHaveCount(0)
    letCome()
    await expect(begin).toBeVisible()
  })
}

test('what is beside the first action of a page stays in its place when the list comes', async ({
  page,
  account,
  system,
}) => {
  await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank' }))
  const letCome = await holdBack(page, 'certificates')
  await page.goto(account.path('certificates'))
  await expectPage(page, 'Certificates')
  const request = page.getByRole('link', { name: 'Make a signing request' })
  const before = await request.boundingBox()
  letCome()
  await expectRow(page, { Name: 'bank' })
  await expect(page.getByRole('main').getByRole('link', { name: 'Add a certificate' })).toBeVisible()
  expect(await request.boundingBox()).toEqual(before)
})

test('a list that a search has left empty keeps its search field while the whole list is on its way', async ({
  page,
  account,
  system,
}) => {
  const id = await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank' }))
  await account.map('token', 'https://bank.example/token', id)
  await page.goto(account.path('mappings?search=nothing'))
  await expect(page.getByText('No mappings found')).toBeVisible()
  const letCome = await holdBack(page, 'mappings')
  const search = page.getByLabel('Search by name or url')
  await search.fill('')
  await expect(page).toHaveURL(account.path('mappings'))
  await expect(search).toBeFocused()
  await expect(page.getByText('No mappings yet')).toHaveCount(0)
  letCome()
  await expectRow(page, { Name: 'token' })
})
