import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Scope } from '@mtls-gateway/domain/words'
import type { Page } from '@playwright/test'
import { Seal } from '../../src/server/session/seal.ts'
import { type Session, sessionSchema } from '../../src/server/session/session.ts'
import { sealingKeys } from '../../src/server/session/session-keys.ts'
import { expectNoAxeViolations } from './support/accessibility.ts'
import { expect, test } from './support/browser-test.ts'
import type { ConsoleSystem } from './support/console-system.ts'
import { expectFits, expectPage, signInBy } from './support/on-the-page.ts'

/** What the pages ask for while nobody is signed in. */
const refusals = [/^401 (GET|POST) /]

const typed = { name: 'half filled', commonName: 'client.shop.example' }

/** A form, half filled. */
async function fillForm(page: Page, path: string): Promise<void> {
  await page.goto(path)
  await expectPage(page, 'Make a signing request')
  await page.getByLabel('Name', { exact: true }).fill(typed.name)
  await page.getByLabel('Common name').fill(typed.commonName)
}

/** It asks for the certificate, once somebody is signed in. */
async function sendForm(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Make the request' }).click()
  await expectPage(page, `Signing request of ${typed.name}`)
}

async function expectTyped(page: Page): Promise<void> {
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue(typed.name)
  await expect(page.getByLabel('Common name')).toHaveValue(typed.commonName)
}

test('who is signed out in another tab is told so over a half filled form, signs in again beside it, and goes on', async ({
  page,
  context,
  account,
  expectedFaults,
}) => {
  expectedFaults.push(...refusals)
  await fillForm(page, account.path('certificates/request'))
  const other = await context.newPage()
  await other.goto(account.path())
  await expectPage(other, 'Overview')
  await other.getByRole('banner').locator('summary').click()
  await other.getByRole('button', { name: 'Sign out' }).click()
  await expectPage(other, 'Sign in')

  const dialog = page.getByRole('dialog', { name: 'You have been signed out' })
  await expect(dialog).toContainText('in another tab of this browser')
  await expect(dialog).toContainText(/would have lasted until \d+ \w+ \d{4}/)
  await expect(dialog).toContainText('as alice, and go on here')
  await expect(dialog.getByRole('region', { name: 'the command' })).toHaveText('mtls console')
  await expect(dialog).toContainText('Ask the administrator of your account')
  await expectNoAxeViolations(page)
  for (const width of [390, 768, 1_440]) await expectFits(page, width)
  for (const _ of [1, 2]) await page.keyboard.press('Escape')
  await dialog.getByRole('button', { name: 'I have signed in' }).click()
  await expect(dialog, 'not yet').toBeVisible()

  await signInBy(other, await account.signInLink())
  await expectPage(other, 'Overview')
  await expectTyped(page)
  await sendForm(page)
})

test('a form that is sent after the session has expired is kept, and can be sent again', async ({
  page,
  context,
  account,
  system,
  expectedFaults,
}) => {
  expectedFaults.push(...refusals)
  const console = await startConsole(system, 'expired')
  await signInBy(page, await account.signInLink(undefined, console.url))
  await expectPage(page, 'Overview')
  await fillForm(page, console.url + account.path('certificates/request'))
  await context.addCookies([await console.expired()])
  await page.getByRole('button', { name: 'Make the request' }).click()
  const dialog = page.getByRole('dialog', { name: 'Your session has expired' })
  await expect(dialog).toContainText(/It expired .* ago, at \d+ \w+ \d{4}/)
  await expectNoAxeViolations(page)

  const other = await context.newPage()
  await signInBy(other, await account.signInLink(undefined, console.url))
  await expectPage(other, 'Overview')
  await expectTyped(page)
  await expect(page.getByRole('alert')).toContainText('This was not done')
  await sendForm(page)
  await console.stop()
})

test('whose invitation is revoked is told so, whom to ask, and goes on by another one', async ({
  page,
  account,
  newVisitor,
  expectedFaults,
}) => {
  expectedFaults.push(...refusals)
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
  const invite = async () => {
    const scopes = ['mtls:read', 'mtls:write'] satisfies readonly Scope[]
    return (await account.api.createInvitation({ body: { label: 'Our bank', scopes, expiresAt } })).body
  }
  const accept = async (guest: Page, code: string) => {
    await guest.goto(new URL(`/invitation#code=${code}`, page.url()).href)
    await guest.getByRole('button', { name: 'Accept the invitation' }).click()
    await expectPage(guest, 'Overview')
  }
  await page.goto(account.path())
  await expectPage(page, 'Overview')
  const first = await invite()
  const guest = await newVisitor()
  await accept(guest, first.code)
  await fillForm(guest, new URL(account.path('certificates/request'), page.url()).href)
  await account.api.revokeInvitation({ invitationId: first.id })
  await guest.getByRole('button', { name: 'Make the request' }).click()
  const dialog = guest.getByRole('dialog', { name: 'Your invitation was revoked' })
  await expect(dialog).toContainText('Ask whoever invited you for another one')
  await expect(dialog).not.toContainText('mtls console')
  await expectNoAxeViolations(guest)

  await accept(await guest.context().newPage(), (await invite()).code)
  await expectTyped(guest)
  await sendForm(guest)
})

test('who comes instead gets nothing of what was typed before', async ({
  page,
  context,
  account,
  system,
  expectedFaults,
}) => {
  expectedFaults.push(...refusals)
  await fillForm(page, account.path('certificates/request'))
  await context.clearCookies()
  const other = await context.newPage()
  const token = system.token({
    accounts: [account.id],
    scopes: ['mtls:read', 'mtls:write'],
    seconds: 3_600,
    subject: 'eve',
  })
  await signInBy(other, await system.signInLink(token, system.url))
  await expectPage(other, 'Overview')
  await expect(page.getByLabel('Common name')).toHaveValue('')
  await expect(page.getByRole('dialog')).toHaveCount(0)
})

test('who comes back later learns that the session has expired, or that the console has got another key', async ({
  page,
  context,
  account,
  system,
  expectedFaults,
}) => {
  expectedFaults.push(...refusals)
  const console = await startConsole(system, 'before')
  await context.addCookies([await console.expired()])
  const notice = page.getByRole('status').filter({ hasText: 'Your session has expired' })
  await page.goto(console.url + account.path('mappings'))
  await expect(notice).toContainText(/It expired .* ago, at \d+ \w+ \d{4}/)
  await page.reload()
  await expect(notice).toBeVisible()
  await expectNoAxeViolations(page)
  for (const width of [390, 768, 1_440]) await expectFits(page, width)

  const after = await startConsole(system, 'after')
  const { name, value } = await console.expired()
  await context.addCookies([{ name, value, url: after.url }])
  await page.goto(after.url + account.path('mappings'))
  const unreadable = page.getByRole('status').filter({ hasText: 'can no longer open your session' })
  await expect(unreadable).toContainText('restarted with another key')
  await signInBy(page, await account.signInLink(undefined, after.url))
  await expectPage(page, 'Overview')
  for (const each of [console, after]) await each.stop()
})

/** A console whose key is known, so that a session can be sealed as if it had begun long ago. */
async function startConsole(system: ConsoleSystem, name: string) {
  const key = randomBytes(32).toString('base64')
  const keyFile = join(system.directory, `session-key-${name}`)
  await writeFile(keyFile, key, { mode: 0o600 })
  const service = await system.startConsole({ CONSOLE_SESSION_KEY_FILE: keyFile })
  const { url } = service
  const endsAt = Date.now() - 120_000
  const session: Session = { id: 'old', via: 'link', owner: 'alice', token: 'old', tokenExpiresAt: null, endsAt }
  const seal = new Seal(sealingKeys(key).session, sessionSchema)
  const expired = async () => ({ name: 'mtls-session', value: `1.${await seal.close(session)}`, url })
  return { url, expired, stop: () => service.stop() }
}
