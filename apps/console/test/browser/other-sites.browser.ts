import { type LocalServer, serve } from '@mtls-gateway/test-kit'
import type { BrowserContext, Page } from '@playwright/test'
import { allScopes } from './support/account.ts'
import { expect, test } from './support/browser-test.ts'
import type { ConsoleSystem } from './support/console-system.ts'
import { expectPage } from './support/on-the-page.ts'

/** A page of Eve's that does this as soon as it is opened. */
async function openEvesPage(running: AsyncDisposableStack, page: Page, body: string, host: Host): Promise<void> {
  const site: LocalServer = running.adopt(
    await serve((_request, response) => {
      response.setHeader('content-type', 'text/html').end(`<!doctype html><title>Eve</title><body>${body}</body>`)
    }),
    (server) => server.close(),
  )
  await page.goto(site.url.replace('127.0.0.1', host))
}

/** Another site than that of the console, and another port of its host, which browsers take for the same site. */
const hosts = ['localhost', '127.0.0.1'] as const
type Host = (typeof hosts)[number]

/** A link that signs in Eve, with an account of her own. */
async function evesLink(system: ConsoleSystem) {
  const { id } = system.newAccount()
  const token = system.token({ accounts: [id], scopes: allScopes, seconds: 3_600, subject: 'eve' })
  return { account: id, link: await system.signInLink(token, system.url) }
}

async function sessionIn(context: BrowserContext): Promise<string | undefined> {
  return (await context.cookies()).find(({ name }) => name === 'mtls-session')?.value
}

for (const host of hosts) {
  test.describe(`a page of another site, at ${host}`, () => {
    test('that leads a browser to a link of its own signs nobody in', async ({
      page,
      context,
      system,
      newVisitor,
      running,
    }) => {
      const session = await sessionIn(context)
      const { account, link } = await evesLink(system)
      await openEvesPage(running, page, `<script>location = ${JSON.stringify(link)}</script>`, host)
      await expectPage(page, 'Sign in by this link?')
      await expect(page.getByRole('main').locator('dl')).toContainText(account)
      await expect(page.getByRole('status')).toContainText('You are signed in as')
      expect(await sessionIn(context)).toBe(session)

      const visitor = await newVisitor()
      const other = await evesLink(system)
      await openEvesPage(running, visitor, `<script>location = ${JSON.stringify(other.link)}</script>`, host)
      await expectPage(visitor, 'Sign in by this link?')
      await expect(visitor.getByRole('main').locator('dl')).toContainText(other.account)
      expect(await visitor.context().cookies()).toEqual([])
    })

    test('that leads a browser to an invitation of its own signs nobody in', async ({
      page,
      context,
      system,
      running,
    }) => {
      const session = await sessionIn(context)
      const eves = system.newAccount()
      const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
      const { body } = await eves.api.createInvitation({ body: { label: 'You', scopes: ['mtls:write'], expiresAt } })
      const link = `${system.url}/invitation#code=${body.code}`
      await openEvesPage(running, page, `<script>location = ${JSON.stringify(link)}</script>`, host)
      await expectPage(page, 'You are invited')
      await expect(page.getByRole('main').locator('dl')).toContainText(eves.id)
      await expect(page.getByRole('status')).toContainText('You are signed in as')
      expect(await sessionIn(context)).toBe(session)
      expect((await eves.api.listInvitations()).body).toMatchObject([{ redeemedAt: null }])
    })

    test('that calls its invitation what the person is called makes it no sign-in of theirs', async ({
      page,
      system,
      running,
    }) => {
      await page.goto(system.url)
      const { subject } = await page.evaluate(async () => (await fetch('/console/session')).json())
      const eves = system.newAccount()
      const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
      const { body } = await eves.api.createInvitation({ body: { label: subject, scopes: ['mtls:write'], expiresAt } })
      const link = `${system.url}/invitation#code=${body.code}`
      await openEvesPage(running, page, `<script>location = ${JSON.stringify(link)}</script>`, host)
      await expectPage(page, 'You are invited')
      await expect(page.getByRole('status')).toContainText('Continuing ends that session here')
    })

    test('can not show the console in a frame', async ({ page, context, system, expectedFaults, running }) => {
      expectedFaults.push('net::ERR_BLOCKED_BY_RESPONSE', /console: .*frame/i, /policy: /)
      const session = await sessionIn(context)
      const { link } = await evesLink(system)
      const refused = page.waitForEvent('requestfailed')
      await openEvesPage(running, page, `<iframe src="${link}"></iframe>`, host)
      expect((await refused).url()).toContain('/sign-in')
      await expect(page.frameLocator('iframe').getByRole('heading')).toHaveCount(0)
      expect(await sessionIn(context)).toBe(session)
    })

    test('that opens the console in a window has no hold on it, nor it on the page', async ({
      page,
      context,
      system,
      running,
    }) => {
      const { link } = await evesLink(system)
      const opened = context.waitForEvent('page')
      const script = `addEventListener('click', () => { window.held = window.open(${JSON.stringify(link)}, 'eve') })`
      await openEvesPage(running, page, `<button>Prize</button><script>${script}</script>`, host)
      await page.getByRole('button', { name: 'Prize' }).click()
      const popup = await opened
      await expectPage(popup, 'Sign in by this link?')
      expect(await popup.evaluate(() => [window.opener, window.name])).toEqual([null, ''])
      // For Eve, it is as if the window were closed.
      await expect.poll(() => page.evaluate(() => Reflect.get(window, 'held').closed)).toBe(true)
    })

    test('can neither post nor sign out', async ({ page, context, system, expectedFaults, running }) => {
      expectedFaults.push(/^403 POST /, /^net::ERR_.* (DELETE|POST|OPTIONS|GET) /, /console: .*(CORS|fetch|blocked)/)
      const session = await sessionIn(context)
      const { link } = await evesLink(system)
      const code = new URL(link).hash.replace('#code=', '')
      const paths = ['sign-in-codes/exchange', 'session/confirmation', 'session/invitation', 'invitations/describe']
      // The body of a form that is JSON: {"code":"...","x":"="}
      const name = JSON.stringify({ code, x: '' }).replace('""}', '"').replaceAll('"', '&quot;')
      const forms = paths.map(
        (path) =>
          `<form method="post" enctype="text/plain" target="${path}" action="${system.url}/console/${path}"><input name="${name}" value="&quot;}"></form>`,
      )
      await openEvesPage(running, page, forms.join(''), host)
      for (const [at, path] of paths.entries()) {
        const [answer] = await Promise.all([
          context.waitForEvent('response', (response) => response.url().endsWith(`/console/${path}`)),
          page.evaluate((index) => document.forms[index]?.submit(), at),
        ])
        expect(answer.status(), path).toBe(403)
      }
      const outcomes = await page.evaluate(async (url) => {
        const send = (path: string, init: RequestInit) =>
          fetch(url + path, { credentials: 'include', ...init }).then(
            ({ type, status }) => `${type} ${status}`,
            () => 'refused',
          )
        return Promise.all([
          send('/console/session', { method: 'DELETE', headers: { 'x-console': '1' } }),
          send('/console/session', { method: 'DELETE', mode: 'cors' }),
          send('/console/session/confirmation', { method: 'POST', body: '{"code":"x"}', mode: 'no-cors' }),
          send('/console/session', {}),
        ])
      }, system.url)
      expect(outcomes).toEqual(['refused', 'refused', 'refused', 'refused'])
      expect(await sessionIn(context)).toBe(session)
      await page.goto(system.url)
      await expectPage(page, 'Overview')
    })
  })
}
