import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expectNoAxeViolations } from './support/accessibility.ts'
import { allScopes } from './support/account.ts'
import { expect, test } from './support/browser-test.ts'
import { ConsoleSystem } from './support/console-system.ts'
import { expectFits, expectPage, expectRow, signInBy } from './support/on-the-page.ts'

test('an operator sees whose tokens are accepted, what they get, and what is wrong', async ({ newVisitor, system }) => {
  const file = join(system.directory, 'token-issuers.json')
  const cluster = 'https://kubernetes.default.svc.cluster.local'
  const rules = [
    {
      when: { claim: 'sub', matches: 'system:serviceaccount:payments:*' },
      accounts: ['le123', 'le124'],
      scopes: ['forward'],
      services: ['IDP'],
    },
    { accountsClaim: 'accounts', scopes: ['mtls:read'] },
  ]
  const entry = { issuer: cluster, jwksUrl: 'http://localhost:9/jwks', audience: 'mtls-gateway', rules }
  const write = (...issuers: object[]) => writeFile(file, JSON.stringify({ issuers }))
  await write(entry)
  const own = await ConsoleSystem.start({ env: { TOKEN_ISSUERS_FILE: file } })
  try {
    const page = await newVisitor()
    const token = own.token({ accounts: '*', scopes: allScopes, seconds: 3_600 })
    // A token of the issuer that cannot be reached, so that its keys are asked for.
    const unknown = own.issuer.jwt({ iss: cluster, sub: 'system:serviceaccount:payments:x' })
    await fetch(`${own.configApi.url}/mtls/me`, { headers: { authorization: `Bearer ${unknown}` } })
    await signInBy(page, await own.signInLink(token, own.url))
    await expectPage(page, 'Which account?')
    await page.goto(`${own.url}/accounts/le123/token-issuers`)
    await expectPage(page, 'Token issuers')
    await expect(page.getByRole('navigation').getByRole('link', { name: 'Token issuers' })).toBeVisible()
    const card = page.getByRole('region', { name: cluster })
    await expectRow(card, {
      ...{ Rule: '1', 'For tokens with': 'sub: system:serviceaccount:payments:*', Accounts: 'le123, le124' },
      ...{ Scopes: 'forward', Services: 'IDP' },
    })
    await expectRow(card, {
      ...{ Rule: '2', 'For tokens with': 'anything', Accounts: 'from its claim accounts' },
      ...{ Scopes: 'mtls:read', Services: 'all' },
    })
    await expect(card).toContainText('not fetched yet')
    await expect(card.getByRole('status')).toContainText('Its keys could not be fetched the last time')
    await expect(page.getByRole('region', { name: own.issuer.issuer })).toContainText(
      /fetched \d+ seconds? ago|just now/,
    )
    await expectNoAxeViolations(page)
    for (const width of [320, 768, 1_000, 1_440]) await expectFits(page, width)

    await write(entry, { issuer: 'https://other.example' })
    await expect(async () => {
      await page.reload()
      await expect(page.getByRole('alert')).toContainText('needs one of jwksUrl, discovery and keys', {
        timeout: 1_000,
      })
    }).toPass()
    await expectNoAxeViolations(page)
    await expectFits(page, 320)
  } finally {
    await own.stop()
  }
})

test('who manages single accounts has no such page', async ({ page, account }) => {
  await page.goto(account.path('token-issuers'))
  await expect(page.getByRole('heading', { name: 'You have no access to this' })).toBeVisible()
  await expect(page.getByText('your session is not for all accounts')).toBeVisible()
  await expect(page.getByRole('navigation').getByRole('link', { name: 'Token issuers' })).toHaveCount(0)
  await expectNoAxeViolations(page)
})
