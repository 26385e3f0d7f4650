import type { Page } from '@playwright/test'
import { expectNoAxeViolations } from './support/accessibility.ts'
import { type Account, allScopes } from './support/account.ts'
import { expect, test } from './support/browser-test.ts'
import type { ConsoleSystem } from './support/console-system.ts'
import { expectFits, expectPage, signInBy } from './support/on-the-page.ts'

test.use({ scopes: null })

test('a link names whom it signs in, signs in once one says so, and leaves its code neither in the url nor in the history', async ({
  page,
  context,
  account,
}) => {
  await page.goto(await account.signInLink(['mtls:read', 'mtls:write']))
  await expectPage(page, 'Sign in by this link?')
  await expect(page).toHaveURL('/sign-in')
  const facts = page.getByRole('main').locator('dl')
  await expect(facts).toContainText(account.id)
  await expect(facts).toContainText('mtls:read mtls:write')
  await expect(facts).toContainText(/Access expires.*in /)
  await expectNoAxeViolations(page)
  await expectFits(page, 320)
  expect(await context.cookies()).toEqual([])

  await page.keyboard.press('Tab')
  await expect(page.getByRole('button', { name: /^Continue as/ })).toBeFocused()
  await expect(page.getByRole('button', { name: /^Continue as/ })).toBeEnabled()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(account.path())
  await expectPage(page, 'Overview')
  const browser = await page.context().newCDPSession(page)
  const { entries } = await browser.send('Page.getNavigationHistory')
  expect(entries.map(({ url }) => url).filter((url) => url.includes('code'))).toEqual([])
})

test('a link signs in where the page of signing in is open already', async ({ page, account }) => {
  await page.goto('/sign-in')
  await expectPage(page, 'Sign in')
  await signInBy(page, await account.signInLink())
  await expectPage(page, 'Overview')
})

test('a second use of a link is refused, and says how to get another one', async ({
  page,
  account,
  newVisitor,
  expectedFaults,
}) => {
  const link = await account.signInLink()
  // Opening it is enough: whoever comes second can't even learn whom it signs in.
  await page.goto(link)
  await expectPage(page, 'Sign in by this link?')

  const other = await newVisitor()
  expectedFaults.push('410 POST /console/sign-in-codes/exchange')
  await other.goto(link)
  await expectPage(other, 'Sign in')
  await expect(other.getByRole('alert')).toContainText('mtls console')
  await expect(other).toHaveURL('/sign-in')
  await page.getByRole('button', { name: /^Continue as/ }).click()
  await expectPage(page, 'Overview')
})

test('a link takes the place of another session only if one says so, and says whose', async ({
  page,
  account,
  system,
  signIn,
}) => {
  await signIn(page.context(), ['mtls:read'])
  await page.goto(await account.signInLink())
  await expectPage(page, 'Sign in by this link?')
  await expect(page.getByRole('status')).toContainText('You are signed in as')
  await expect(page.getByRole('status')).toContainText('Continuing replaces that session.')
  await expectNoAxeViolations(page)
  await page.getByRole('button', { name: 'Stay signed in' }).click()
  await expectPage(page, 'Overview')
  expect(await scopesOn(page)).toEqual(['mtls:read'])

  await signInBy(page, await account.signInLink())
  await expectPage(page, 'Overview')
  expect(await scopesOn(page)).toContain('mtls:write')

  const eves = system.newAccount()
  await page.goto(await linkOf(system, eves, 'eve'))
  await expectPage(page, 'Sign in by this link?')
  await expect(page.getByRole('status')).toContainText(/ends that session here: what you do next is done as .*eve/)
  await expect(page.getByRole('main').locator('dl')).toContainText(eves.id)
  await expectNoAxeViolations(page)
  await page.getByRole('button', { name: 'Continue as eve' }).click()
  await expectPage(page, 'Overview')
  await expect(page).toHaveURL(eves.path())
})

test('a press that comes as soon as the page does, meant for another window, signs nobody in', async ({
  page,
  context,
  account,
}) => {
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      const button = [...document.querySelectorAll('button')].find(({ textContent }) =>
        textContent.startsWith('Continue'),
      )
      if (button === undefined) return
      observer.disconnect()
      button.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }))
      button.click()
      document.documentElement.dataset.pressed = 'true'
    }).observe(document, { childList: true, subtree: true })
  })
  await page.goto(await account.signInLink())
  await expectPage(page, 'Sign in by this link?')
  await expect(page.locator('html')).toHaveAttribute('data-pressed', 'true')
  await expect(page.getByRole('button', { name: /^Continue as/ })).toBeEnabled()
  await expectPage(page, 'Sign in by this link?')
  expect(await context.cookies()).toEqual([])
  await page.getByRole('button', { name: /^Continue as/ }).click()
  await expectPage(page, 'Overview')
})

test('who is led somewhere after signing in stays in the console', async ({ page, account, system }) => {
  for (const [to, path] of [
    [account.path('mappings'), account.path('mappings')],
    ['//evil.example/', account.path()],
    ['/\\evil.example/', account.path()],
    ['/\t/evil.example/', account.path()],
    ['https://evil.example/', account.path()],
    ['javascript:alert(1)', account.path()],
    ['/sign-in#code=x', account.path()],
    ['/./sign-in#code=x', account.path()],
  ] as const) {
    const link = new URL(await account.signInLink())
    link.searchParams.set('to', to)
    await signInBy(page, link.href)
    await expect(page, to).toHaveURL(system.url + path)
    // In this order: a page that is still asking for something would be refused.
    await page.goto('about:blank')
    await page.context().clearCookies()
  }
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

/** What `mtls console` prints for somebody else. */
function linkOf(system: ConsoleSystem, { id }: Account, subject: string): Promise<string> {
  return system.signInLink(system.token({ accounts: [id], scopes: allScopes, seconds: 3_600, subject }), system.url)
}

function scopesOn(page: Page): Promise<unknown> {
  return page.evaluate(async () => (await (await fetch('/console/session')).json()).scopes)
}
