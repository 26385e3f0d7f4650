import type { Response } from '@playwright/test'
import { Answers, jwt, keptBy } from './support/answers.ts'
import { expect, test } from './support/browser-test.ts'
import { expectPage } from './support/on-the-page.ts'

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
]

test('every page has the strict policy, and nothing of it violates that', async ({ page, account }) => {
  const pages: Response[] = []
  page.on('response', (response) => {
    if (response.request().isNavigationRequest()) pages.push(response)
  })
  await page.goto(account.path())
  await expectPage(page, 'Overview')
  const links = page.getByRole('navigation', { name: 'Pages' }).getByRole('link')
  const [, ...others] = await links.allTextContents()
  for (const name of others) {
    await links.filter({ hasText: name }).click()
    await expectPage(page, name)
    await page.reload()
    await expectPage(page, name)
  }
  expect(pages.length).toBeGreaterThan(5)
  for (const response of pages) {
    expect((await response.headerValue('content-security-policy'))?.split('; ')).toEqual(policy)
    expect(await response.headerValue('referrer-policy')).toBe('no-referrer')
  }
})

test('the browser never has a token', async ({ page, account, system }) => {
  const answers = new Answers(page, system.url)
  await page.goto(account.path())
  await expectPage(page, 'Overview')
  await page.getByRole('link', { name: 'Certificates', exact: true }).click()
  await expectPage(page, 'Certificates')
  expect(await keptBy(page)).toEqual(['', '{}', '{}'])
  expect(await answers.containing(account.id)).not.toEqual([])
  expect(await answers.containing(jwt)).toEqual([])
})

test('a change that no page of the console asks for is refused', async ({ page, account, expectedFaults }) => {
  await page.goto(account.path())
  await expectPage(page, 'Overview')
  expectedFaults.push('403 POST /mtls/')
  const answer = await page.evaluate(async (path) => {
    const response = await fetch(path, { method: 'POST', body: '[]', headers: { 'content-type': 'application/json' } })
    return { status: response.status, code: (await response.json()).code }
  }, `/mtls/account/${account.id}/mappings`)
  expect(answer).toEqual({ status: 403, code: 'CONSOLE_HEADER_MISSING' })
})
