import { createConfigApiClient } from '@mtls-gateway/client'
import type { Page } from '@playwright/test'
import { expectNoAxeViolations } from './support/accessibility.ts'
import { Answers, keptBy } from './support/answers.ts'
import { expect, test } from './support/browser-test.ts'
import { chooseAction, expectDisabled, expectPage, expectRow, expectToast } from './support/on-the-page.ts'

test('an invitation opens exactly its account with its scopes, is in the audit, and ends at once when revoked', async ({
  page,
  account,
  system,
  newVisitor,
  expectedFaults,
}) => {
  // A link that was used, another account, and a session that was revoked.
  expectedFaults.push('410 POST /console/invitations/describe', /^40[134] GET .*account/)
  await page.goto(account.path('invitations'))
  await page.getByRole('button', { name: 'Invite somebody' }).first().click()
  const form = page.getByRole('dialog', { name: 'Invite somebody' })
  await form.getByLabel('Label').fill('Our bank')
  await expect(form.getByRole('group', { name: 'Scopes' })).toHaveAccessibleDescription(/what it takes to add and map/)
  await form.getByText('As a command').click()
  await expect(form.getByRole('region', { name: 'the command' })).toHaveText(
    /^mtls invitations create --label 'Our bank' --scope mtls:read --scope mtls:write --expires-at \d{4}-\d\d-\d\dT\d\d:\d\dZ$/,
  )
  await expectNoAxeViolations(page)
  await form.getByRole('button', { name: 'Make the link' }).click()
  const link = (await page.getByRole('region', { name: 'the link', exact: true }).textContent()) ?? ''
  await expectNoAxeViolations(page)
  await page.getByRole('button', { name: 'Done' }).click()
  await expectRow(page, { Label: 'Our bank', State: 'Not accepted yet', Scopes: 'mtls:read mtls:write' })

  const guest = await newVisitor()
  const answers = new Answers(guest, system.url)
  await guest.goto(link)
  await expectPage(guest, 'You are invited')
  await expect(guest).toHaveURL(`${system.url}/invitation`)
  const facts = guest.getByRole('main').locator('dl')
  const rights = 'see certificates, mappings and recent calls; add and change certificates and mappings'
  for (const fact of ['Invited by', 'Our bank', account.id, 'mtls:read mtls:write', rights])
    await expect(facts).toContainText(fact)
  expect(await guest.context().cookies()).toEqual([])
  await expectNoAxeViolations(guest)
  await guest.getByRole('button', { name: 'Accept the invitation' }).click()
  await expectPage(guest, 'Overview')
  await expect(guest).toHaveURL(system.url + account.path())
  expect(await keptBy(guest)).toEqual(['', '{}', '{}'])
  expect(await answers.containing(account.id)).not.toEqual([])
  expect(await answers.containing('mtlsi_')).toEqual([])
  await guest.getByRole('banner').locator('summary').click()
  await expect(guest.getByRole('banner')).toContainText('mtls:read mtls:write')
  await expect(guest.getByRole('banner').getByText('Other accounts')).toHaveCount(0)
  await guest.goto(`${system.url}${account.path('app-keys')}`)
  await expectDisabled(guest.getByRole('button', { name: 'Create an app key' }).first(), /lacks the scope mtls:admin/)
  await guest.goto(`${system.url}${system.newAccount().path('certificates')}`)
  await expect(guest.getByRole('alert')).toBeVisible()

  await guest.goto(`${system.url}${account.path('certificates/request')}`)
  await guest.getByLabel('Name', { exact: true }).fill('by the guest')
  await guest.getByLabel('Common name').fill('guest.example')
  await guest.getByRole('button', { name: 'Make the request' }).click()
  await expectPage(guest, 'Signing request of by the guest')
  await page.goto(account.path('audit'))
  await expectRow(page, { Who: /^invitation .*"Our bank"$/, Action: 'certificates.request' })
  await expectRow(page, { Who: /^invitation .*"Our bank"$/, Action: 'invitations.redeem' })

  const late = await newVisitor()
  await late.goto(link)
  await expectPage(late, 'This link does not work')
  await expect(late.getByRole('alert')).toContainText('redeemed on')
  await expect(late.getByRole('button', { name: 'Accept the invitation' })).toHaveCount(0)

  await page.goto(account.path('invitations'))
  await expectRow(page, { Label: 'Our bank', State: /^Accepted/ })
  await revoke(page)
  await expectToast(page, 'The invitation of Our bank is revoked, and its session has ended.')
  await expectNoAxeViolations(page)
  await guest.getByRole('link', { name: 'Mappings' }).click()
  await expect(guest.getByRole('dialog', { name: 'Your invitation was revoked' })).toBeVisible()
  await guest.getByRole('button', { name: 'Leave the page' }).click()
  await expectPage(guest, 'Sign in')
  await guest.goto(`${system.url}${account.path('certificates')}`)
  await expectPage(guest, 'Sign in')
})

test('who revokes an invitation is told which app keys it leaves behind', async ({ page, account, system }) => {
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
  const { body: invitation } = await account.api.createInvitation({
    body: { label: 'Our bank', scopes: ['mtls:admin'], expiresAt },
  })
  const { body: redeemed } = await account.api.redeemInvitation({ body: { code: invitation.code } })
  const options = { baseUrl: system.configApi.url, accountId: account.id, token: redeemed.token }
  const guest = createConfigApiClient(options)
  await guest.createAppKey({ body: { label: 'billing', scopes: ['forward'] } })

  await page.goto(account.path('invitations'))
  await revoke(page)
  const notice = page.getByRole('status').filter({ hasText: 'App keys that Our bank has made still work' })
  await expect(notice).toContainText('billing')
  await expectNoAxeViolations(page)
  await notice.getByRole('link', { name: 'App keys' }).click()
  await expectPage(page, 'App keys')
  await expectRow(page, { Label: 'billing', 'Created by': /^invitation .*"Our bank"$/ })
})

test('who was invited invites others for at most as long as their own access', async ({
  page,
  account,
  newVisitor,
}) => {
  const expiresAt = new Date(Date.now() + 3 * 86_400_000).toISOString()
  const { body: invitation } = await account.api.createInvitation({
    body: { label: 'Our bank', scopes: ['mtls:read', 'mtls:admin'], expiresAt },
  })
  await page.goto(account.path())
  const guest = await newVisitor()
  await guest.goto(new URL(`/invitation#code=${invitation.code}`, page.url()).href)
  await guest.getByRole('button', { name: 'Accept the invitation' }).click()
  await expectPage(guest, 'Overview')
  await guest.getByRole('link', { name: 'Invitations' }).click()
  await guest.getByRole('button', { name: 'Invite somebody' }).first().click()
  const form = guest.getByRole('dialog', { name: 'Invite somebody' })
  await expect(form.getByLabel('Lasts').getByRole('option')).toHaveText([
    '1 day',
    /^Until your own access expires, in \d days$/,
  ])
  await form.getByLabel('Label').fill('A colleague')
  await form.getByRole('button', { name: 'Make the link' }).click()
  await expect(guest.getByRole('region', { name: 'the link', exact: true })).toBeVisible()
  const { body: all } = await account.api.listInvitations()
  expect(all.find(({ label }) => label === 'A colleague')).toMatchObject({ expiresAt })
})

/** Not by one click: it can't be taken back. */
async function revoke(page: Page): Promise<void> {
  await chooseAction(page, 'Our bank', 'Revoke Our bank')
  const dialog = page.getByRole('dialog', { name: 'Our bank' })
  await expect(dialog).toContainText('This can’t be taken back.')
  await expectNoAxeViolations(page)
  await dialog.getByRole('button', { name: 'Revoke the invitation' }).click()
}
