import type { Page } from '@playwright/test'
import { expectNoAxeViolations } from './support/accessibility.ts'
import { expect, test } from './support/browser-test.ts'
import { expectPage } from './support/on-the-page.ts'

test.use({ scopes: null })

test('a link signs in once, and leaves its code neither in the url nor in the history', async ({ page, account }) => {
  const link = await account.signInLink()
  await page.goto(link)
  await expect(page).toHaveURL(account.path())
  await expectPage(page, 'Overview')
  const browser = await page.context().newCDPSession(page)
  const { entries } = await browser.send('Page.getNavigationHistory')
  expect(entries.map(({ url }) => url).filter((url) => url.includes('code'))).toEqual([])
})

test('a link signs in where the page of signing in is open already', async ({ page, account }) => {
  await page.goto('/sign-in')
  await expectPage(page, 'Sign in')
  await page.goto(await account.signInLink())
  await expectPage(page, 'Overview')
})

test('a second use of a link is refused, and says how to get another one', async ({
  page,
  account,
  newVisitor,
  expectedFaults,
}) => {
  const link = await account.signInLink()
  await page.goto(link)
  await expectPage(page, 'Overview')

  const other = await newVisitor()
  expectedFaults.push('410 POST /console/session/code')
  await other.goto(link)
  await expectPage(other, 'Sign in')
  await expect(other.getByRole('alert')).toContainText('mtls console')
  await expect(other).toHaveURL('/sign-in')
})

test('a link takes the place of another session only if one says so', async ({ page, account, signIn }) => {
  await signIn(page.context(), ['mtls:read'])
  await page.goto(await account.signInLink())
  await expectPage(page, 'Sign in by this link?')
  await expectNoAxeViolations(page)
  await page.getByRole('button', { name: 'Stay signed in' }).click()
  await expectPage(page, 'Overview')
  expect(await scopesOn(page)).toEqual(['mtls:read'])

  await page.goto(await account.signInLink())
  await page.getByRole('button', { name: 'Use the link' }).click()
  await expectPage(page, 'Overview')
  expect(await scopesOn(page)).toContain('mtls:write')
})

test('who is not signed in is told how to, whichever page was asked for', async ({ page, account }) => {
  await page.goto(account.path('mappings'))
  await expectPage(page, 'Sign in')
  await expect(page.getByRole('region', { name: 'the command' })).toHaveText('mtls console')
  await expectNoAxeViolations(page)
})

test.describe('sent back by the identity provider', () => {
  test.use({ scopes: null })

  test('it says why signing in has failed, and what to do', async ({ page }) => {
    await page.goto('/sign-in?problem=SIGN_IN_REFUSED')
    await expect(page.getByRole('alert')).toContainText('Your identity provider refused')
    await page.goto('/sign-in?problem=NEVER_SEEN')
    await expect(page.getByRole('alert')).toContainText('You are not signed in')
    // Words that anybody can have put into a link.
    for (const words of ['constructor', 'Call +1 555 0100 to unlock']) {
      await page.goto(`/sign-in?${new URLSearchParams({ problem: words })}`)
      await expect(page.getByRole('alert')).toContainText('You are not signed in')
      await expect(page.getByRole('alert')).not.toContainText(words)
    }
  })
})

function scopesOn(page: Page): Promise<unknown> {
  return page.evaluate(async () => (await (await fetch('/console/session')).json()).scopes)
}
