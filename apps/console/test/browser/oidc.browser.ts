import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort, serve } from '@mtls-gateway/test-kit'
import { type IdentityProvider, person, startIdentityProvider } from '@mtls-gateway/test-kit/identity-provider'
import { expectNoAxeViolations } from './support/accessibility.ts'
import type { Account } from './support/account.ts'
import { Answers, jwt, keptBy } from './support/answers.ts'
import { expect, test } from './support/browser-test.ts'
import type { ConsoleSystem } from './support/console-system.ts'
import { expectPage } from './support/on-the-page.ts'

test.use({ scopes: null })

test('who signs in at the identity provider comes back to the page, goes on, and signs out at both', async ({
  page,
  account,
  system,
  running,
}) => {
  const { url, provider } = await startSignIn(running, system, account)
  const answers = new Answers(page, url)
  const urls: string[] = []
  page.on('request', (request) => urls.push(request.url()))
  const refreshes = () => provider.events.filter((event) => event === 'refresh_token.consumed').length
  // Renewed a minute before its end: by the first request.
  provider.tokenLifetime = 59
  const place = `${url}${account.path('audit')}?actor=${person}`
  await page.goto(place)
  await expectPage(page, 'Sign in')
  await expectNoAxeViolations(page)
  await page.getByRole('link', { name: 'Continue with SSO' }).click()
  await expectPage(page, 'Audit')
  await expect(page).toHaveURL(place)
  expect(refreshes()).toBeGreaterThan(0)

  provider.tokenLifetime = 3_600
  await page.reload()
  await expectPage(page, 'Audit')
  const renewed = refreshes()
  await page.getByRole('link', { name: 'Mappings' }).click()
  await expectPage(page, 'Mappings')
  expect(refreshes()).toBe(renewed)
  expect(await keptBy(page)).toEqual(['', '{}', '{}'])

  await page.getByRole('banner').locator('summary').click()
  await expect(page.getByText('Single sign-on')).toBeVisible()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('button', { name: 'Yes, sign me out' }).click()
  await expectPage(page, 'Sign in')
  expect(provider.events).toContain('grant.revoked')
  // There, too: it asks again who it is.
  provider.answer = 'denies'
  await page.goto(place)
  await page.getByRole('link', { name: 'Continue with SSO' }).click()
  await expect(page.getByRole('alert')).toContainText('Your identity provider refused')
  expect(await answers.containing(account.id)).not.toEqual([])
  expect(await answers.containing(jwt)).toEqual([])
  expect(urls.filter((each) => jwt.test(each))).toEqual([])
})

test('whose session has ended signs in again in a tab of its own, and the page goes on', async ({
  page,
  context,
  account,
  system,
  expectedFaults,
  running,
}) => {
  expectedFaults.push(/^401 GET /)
  const { url } = await startSignIn(running, system, account)
  await page.goto(url + account.path('explain'))
  await page.getByRole('link', { name: 'Continue with SSO' }).click()
  await expectPage(page, 'Explain')
  await context.clearCookies({ name: 'mtls-session' })
  await page.getByRole('link', { name: 'Mappings' }).click()
  const dialog = page.getByRole('dialog', { name: 'You have been signed out' })
  const opened = context.waitForEvent('page')
  await dialog.getByRole('link', { name: 'Continue with SSO' }).click()
  const tab = await opened
  await expectPage(tab, 'You are signed in')
  await expectNoAxeViolations(tab)
  await expectPage(page, 'Mappings')
  await expect(dialog).toHaveCount(0)
})

test('whom the identity provider refuses is told so, and can try again', async ({ page, account, system, running }) => {
  const { url, provider } = await startSignIn(running, system, account)
  provider.answer = 'denies'
  await page.goto(url + account.path('mappings'))
  await page.getByRole('link', { name: 'Continue with SSO' }).click()
  await expect(page.getByRole('alert')).toContainText('Your identity provider refused')
  await expectNoAxeViolations(page)
  provider.answer = 'signs in'
  await page.getByRole('link', { name: 'Continue with SSO' }).click()
  await expectPage(page, 'Mappings')
})

test('a way back from the identity provider signs in no other browser than the one that began', async ({
  page,
  account,
  system,
  newVisitor,
  running,
}) => {
  const { url } = await startSignIn(running, system, account)
  // As far as the provider sends the browser back.
  let place = `${url}/console/oidc/start`
  while (!place.startsWith(`${url}/console/oidc/callback`)) {
    const answer = await page.request.get(place, { maxRedirects: 0 })
    place = new URL(answer.headers().location ?? '', place).href
  }

  const other = await newVisitor()
  await other.goto(place)
  await expectPage(other, 'Sign in')
  await expect(other.getByRole('alert')).toContainText('Start again, in this browser')
  expect(await other.context().cookies(url)).toEqual([])
  await page.goto(place)
  await expectPage(page, 'Overview')
})

test('another site can not begin a sign-in: its link leads to the page that does', async ({
  page,
  account,
  system,
  running,
}) => {
  const { url, provider } = await startSignIn(running, system, account)
  const link = `${url}/console/oidc/start?to=${encodeURIComponent(account.path('audit'))}`
  const site = running.adopt(
    await serve((_, response) => {
      response
        .setHeader('content-type', 'text/html')
        .end(`<!doctype html><title>Eve</title><a href="${link}">Prize</a>`)
    }),
    (server) => server.close(),
  )
  await page.goto(site.url.replace('127.0.0.1', 'localhost'))
  await page.getByRole('link', { name: 'Prize' }).click()
  await expectPage(page, 'Sign in')
  expect(provider.events).toEqual([])
  await page.getByRole('link', { name: 'Continue with SSO' }).click()
  await expectPage(page, 'Audit')
})

interface SignIn {
  /** The console that offers it. */
  readonly url: string
  readonly provider: IdentityProvider
}

/** Whoever signs in may do everything in the account. */
async function startSignIn(running: AsyncDisposableStack, system: ConsoleSystem, { id }: Account): Promise<SignIn> {
  const [port, secretFile] = [await freePort(), join(system.directory, 'client-secret')]
  const url = `http://127.0.0.1:${port}`
  const client = {
    client_id: 'console',
    client_secret: 'secret-of-the-client',
    redirect_uris: [`${url}/console/oidc/callback`],
    post_logout_redirect_uris: [`${url}/sign-in`],
    grant_types: ['authorization_code', 'refresh_token'],
    id_token_signed_response_alg: 'ES256',
  }
  const accessTokens = { ...system.issuer, claims: { accounts: [id] } }
  const provider = running.adopt(await startIdentityProvider({ clients: [client], accessTokens }), (server) =>
    server.close(),
  )
  await writeFile(secretFile, client.client_secret, { mode: 0o600 })
  const console = await system.startConsole({
    CONSOLE_PORT: String(port),
    CONSOLE_PUBLIC_URL: url,
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: client.client_id,
    OIDC_CLIENT_SECRET_FILE: secretFile,
    OIDC_SCOPES: 'openid mtls:read mtls:write mtls:admin',
  })
  running.defer(async () => void (await console.stop()))
  return { url, provider }
}
