import { ApprovalRequested, type ConfigApiClient, createConfigApiClient } from '@mtls-gateway/client'
import type { Page } from '@playwright/test'
import { expectNoAxeViolations } from './support/accessibility.ts'
import { type Account, allScopes } from './support/account.ts'
import { expect, test } from './support/browser-test.ts'
import type { ConsoleSystem } from './support/console-system.ts'
import { expectDisabled, expectFits, expectPage, expectRow, expectToast, signInBy } from './support/on-the-page.ts'

/** Somebody else with a token for the account; `page` and `account.api` are Alice's. */
function tokenOf(
  system: ConsoleSystem,
  { id }: Account,
  subject: string,
  accounts: readonly string[] | '*' = [id],
  scopes = allScopes,
) {
  return system.token({ accounts, scopes, seconds: 3_600, subject })
}

function clientOf(system: ConsoleSystem, account: Account, subject: string): ConfigApiClient {
  const token = tokenOf(system, account, subject)
  return createConfigApiClient({ baseUrl: system.configApi.url, accountId: account.id, token })
}

/** @returns the id of the request */
async function waits(change: Promise<unknown>): Promise<string> {
  const waiting = await change.catch((error: unknown) => error)
  if (waiting instanceof ApprovalRequested) return waiting.approval.id
  throw waiting
}

async function expectGood(page: Page): Promise<void> {
  await expectNoAxeViolations(page)
  for (const width of [320, 390, 1_280]) await expectFits(page, width)
}

async function mapped(system: ConsoleSystem, account: Account): Promise<number> {
  const id = await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank' }))
  return account.map('bank-token', `${system.target.url}/token`, id)
}

const rule = { actions: ['target-host'] as const }

test('what needs approval is set, a change of a form waits, and another person approves it by keyboard', async ({
  page,
  account,
  system,
  newVisitor,
}) => {
  const mappingId = await mapped(system, account)
  await page.goto(account.path('settings'))
  const card = page.getByRole('region', { name: 'Approvals' })
  await expectDisabled(card.getByRole('button', { name: 'Save' }), 'Choose what needs approval.')
  await expectDisabled(card.getByRole('button', { name: 'Remove' }), 'Nothing needs approval yet.')
  await card.getByLabel('target-host').check()
  await card.getByLabel('Requests expire after').selectOption('7 days')
  await card.getByText('As a command').click()
  await expect(card.getByRole('region', { name: 'the command' })).toHaveText(
    'mtls settings set --require-approval target-host --approvals-expire-after 7d',
  )
  await expectGood(page)
  await card.getByRole('button', { name: 'Save' }).click()
  await expectToast(page, 'What needs approval is saved.')

  await page.goto(account.path(`mappings/${mappingId}`))
  const panel = page.getByRole('dialog', { name: 'bank-token' })
  const url = `${system.partner.url}/token`
  await panel.getByLabel('Url', { exact: true }).fill(url)
  await panel.getByRole('button', { name: 'Save' }).click()
  await expect(panel.getByRole('status').filter({ hasText: 'waits for the approval' })).toContainText('in 7 days')
  await expectNoAxeViolations(page)
  await panel.getByRole('link', { name: 'the request' }).click()
  await expectPage(page, 'Approval request')
  await expectDisabled(page.getByRole('button', { name: 'Approve', exact: true }), /another person has to approve it/)
  await expect(page.getByRole('button', { name: 'Approve in an emergency' })).toHaveCount(0)
  await expect(page.getByRole('navigation', { name: 'Pages' })).toContainText('1 open')
  await expectRow(page.getByRole('region', { name: 'Change the mapping bank-token' }), {
    Field: 'url',
    Before: `${system.target.url}/token`,
    After: url,
  })
  await expectGood(page)

  const bob = await newVisitor()
  await signInBy(bob, await system.signInLink(tokenOf(system, account, 'bob'), system.url))
  await bob.getByRole('link', { name: 'Approvals 1 open' }).press('Enter')
  await expectPage(bob, 'Approvals')
  await expectRow(bob, { Change: /^mappings\.update: .*bank-token$/, State: 'Waiting', 'Requested by': 'alice' })
  await expectGood(bob)
  await bob.getByRole('link', { name: /^mappings\.update/ }).press('Enter')
  await expectPage(bob, 'Approval request')
  await bob.getByLabel('Reason').fill('as agreed')
  await bob.getByLabel('Reason').press('Enter')
  await expectToast(bob, 'It is approved, and done.')
  await expect(bob.getByRole('main')).toContainText('as agreed')
  await expect(bob.getByRole('navigation', { name: 'Pages' })).not.toContainText('open')
  await expectGood(bob)
  expect((await account.api.getMapping({ mappingId })).body.url).toBe(url)

  await page.goto(account.path('approvals?state=approved'))
  await expectRow(page, { Change: /bank-token$/, State: 'Approved' })
  await page.goto(account.path('audit'))
  await expectRow(page, { Who: 'bob', Action: 'approvals.approve' })
})

test('the overview lists what waits, for those who may see it', async ({ page, account, system, newVisitor }) => {
  const mappingId = await mapped(system, account)
  const overviewOf = async (subject: string, scopes = allScopes) => {
    const visitor = await newVisitor()
    await signInBy(
      visitor,
      await system.signInLink(tokenOf(system, account, subject, [account.id], scopes), system.url),
    )
    await expect(visitor.getByRole('region', { name: 'When certificates expire' })).toBeVisible()
    return visitor
  }
  const requestsOn = (of: Page) => of.getByRole('region', { name: 'Approvals' })
  const bob = await overviewOf('bob')
  await expect(requestsOn(bob)).toHaveCount(0)

  await account.api.changeSettings({ body: { approvals: { actions: [...rule.actions] } } })
  await waits(account.api.updateMapping({ mappingId, body: { url: `${system.partner.url}/token` } }))
  await bob.reload()
  await expect(requestsOn(bob)).toContainText('Waits for your approval:')
  await expect(bob.getByRole('region', { name: 'Needs attention' })).toContainText('Nothing but what waits below')
  await expectGood(bob)
  await page.goto(account.path())
  await expect(requestsOn(page)).toContainText('Waits for another person:')
  await expect(page.getByRole('region', { name: 'Needs attention' })).toContainText('Nothing needs attention')
  await expectGood(page)
  const reader = await overviewOf('reader', ['mtls:read'])
  await expect(requestsOn(reader)).toHaveCount(0)

  await requestsOn(bob)
    .getByRole('link', { name: /^mappings\.update: .*bank-token$/ })
    .press('Enter')
  await expectPage(bob, 'Approval request')
  await bob.goBack()
  await requestsOn(bob).getByRole('link', { name: 'All requests' }).click()
  await expectPage(bob, 'Approvals')
})

test('a request is refused with a reason, and one’s own is withdrawn', async ({ page, account, system }) => {
  const mappingId = await mapped(system, account)
  await account.api.changeSettings({ body: { approvals: { actions: [...rule.actions] } } })
  const change = (path: string) => ({ mappingId, body: { url: `${system.partner.url}/${path}` } })
  const bobs = await waits(clientOf(system, account, 'bob').updateMapping(change('bob')))
  const own = await waits(account.api.updateMapping(change('alice')))

  await page.goto(account.path(`approvals/${bobs}`))
  await page.getByLabel('Reason').fill('not this host')
  await page.getByRole('button', { name: 'Refuse' }).click()
  await expectToast(page, 'The request is refused.')
  await expect(page.getByRole('main')).toContainText('not this host')

  // Somebody is faster.
  await account.api.updateMapping({ mappingId, body: { answerTimeoutSeconds: 20 } })
  await page.goto(account.path(`approvals/${own}`))
  await expect(page.getByRole('main')).toContainText('Outdated')
  await expectDisabled(page.getByRole('button', { name: 'Approve', exact: true }), /no longer what it was/)
  await expectGood(page)
  await page.getByRole('button', { name: 'Withdraw' }).click()
  await expectToast(page, 'The request is withdrawn.')
  await page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link', { name: 'Approvals' }).click()
  await expect(page.getByRole('heading', { name: 'Nothing waits for approval' })).toBeVisible()
  await expectGood(page)
  expect((await account.api.getMapping({ mappingId })).body.url).toBe(`${system.target.url}/token`)
})

test('an app key and an invitation that wait show their secrets, this once', async ({ page, account }) => {
  await account.api.changeSettings({ body: { approvals: { actions: ['app-key-forward', 'invite-admin'] } } })
  await page.goto(account.path('app-keys'))
  await page.getByRole('button', { name: 'Create an app key' }).click()
  const form = page.getByRole('dialog', { name: 'Create an app key' })
  await form.getByLabel('Label', { exact: true }).fill('billing')
  await form.getByRole('button', { name: 'Create', exact: true }).click()
  await expect(form.getByText('waits for the approval of another person')).toBeVisible()
  await expect(form.getByRole('region', { name: 'the app key and its secret' })).toContainText('MTLS_APP_SECRET=')
  await expectNoAxeViolations(page)

  await page.goto(account.path('invitations'))
  await page.getByRole('button', { name: 'Invite somebody' }).click()
  const invite = page.getByRole('dialog', { name: 'Invite somebody' })
  await invite.getByLabel('Label', { exact: true }).fill('Anna')
  await invite.getByLabel('mtls:admin').check()
  await invite.getByRole('button', { name: 'Make the link' }).click()
  await expect(invite.getByText('waits for the approval of another person')).toBeVisible()
  await expect(invite.getByRole('region', { name: 'the link', exact: true })).toContainText('/invitation#code=')
  await expectNoAxeViolations(page)
  await page.goto(account.path('approvals'))
  await expectRow(page, { Change: /^app-keys\.create/ })
  await expectRow(page, { Change: /^invitations\.create/ })
})

test('what needs approval is changed by approval alone', async ({ page, account }) => {
  await account.api.changeSettings({ body: { approvals: { actions: ['promote'] } } })
  await page.goto(account.path('settings'))
  const card = page.getByRole('region', { name: 'Approvals' })
  await expect(card.getByLabel('promote')).toBeChecked()
  await card.getByRole('button', { name: 'Remove' }).click()
  await expect(card.getByText('waits for the approval of another person')).toBeVisible()
  expect((await account.api.getSettings()).body.approvals).toMatchObject({ actions: ['promote'] })
})

test('a promotion waits in place, and the version in use stays', async ({ page, account, system }) => {
  const { clientCa } = system.target
  const id = await account.addCertificate('bank', await clientCa.issue({ commonName: 'bank' }))
  await account.map('bank-token', `${system.target.url}/token`, id)
  await account.stage(id, await clientCa.issue({ commonName: 'bank' }))
  await account.api.changeSettings({ body: { approvals: { actions: ['promote'] } } })
  const before = (await account.api.getCertificate({ certificateId: id })).body.fingerprintSha256
  await page.goto(account.path(`certificates/${id}/rotate`))
  await page.getByRole('button', { name: 'Probe', exact: true }).click()
  await page.getByRole('button', { name: 'Promote', exact: true }).click()
  await page.getByRole('link', { name: 'the request' }).click()
  await expectPage(page, 'Approval request')
  await expect(page.getByRole('main')).toContainText('Putting another version of a certificate in use')
  await expectGood(page)
  expect((await account.api.getCertificate({ certificateId: id })).body.fingerprintSha256).toBe(before)
})

test('several mappings that wait are told, with the request', async ({ page, account, system }) => {
  const mappingId = await mapped(system, account)
  const { body: mapping } = await account.api.getMapping({ mappingId })
  await account.map('partner', `${system.partner.url}/token`, Number(mapping.certificationId))
  for (const { id } of (await account.api.listMappings()).body) {
    await account.api.updateMapping({ mappingId: id, body: { enable: false } })
  }
  await account.api.changeSettings({ body: { approvals: { actions: [...rule.actions] } } })
  await page.goto(account.path('mappings'))
  await page.getByLabel('Select all that are shown').check()
  await page.getByRole('button', { name: 'Enable' }).click()
  await expect(page.getByRole('link', { name: 'the request' })).toBeVisible()
  await expectGood(page)
})

test('an operator approves in an emergency, with a reason', async ({ account, system, newVisitor }) => {
  const mappingId = await mapped(system, account)
  await account.api.changeSettings({ body: { approvals: { actions: [...rule.actions] } } })
  const url = `${system.partner.url}/token`
  const id = await waits(clientOf(system, account, 'olga').updateMapping({ mappingId, body: { url } }))
  const page = await newVisitor()
  await signInBy(page, await system.signInLink(tokenOf(system, account, 'olga', '*'), system.url))
  await expectPage(page, 'Which account?')
  await page.goto(system.url + account.path(`approvals/${id}`))
  await expectDisabled(page.getByRole('button', { name: 'Approve', exact: true }), /another person has to approve it/)
  await page.getByRole('button', { name: 'Approve in an emergency' }).click()
  const dialog = page.getByRole('dialog', { name: 'Approve in an emergency' })
  await dialog.getByLabel('Reason').fill('too short')
  await expectDisabled(dialog.getByRole('button', { name: 'Approve it now' }), /at least 10/)
  await expectNoAxeViolations(page)
  await dialog.getByLabel('Reason').fill('INC-1234: the bank has moved')
  await dialog.getByRole('button', { name: 'Approve it now' }).click()
  await expectToast(page, 'It is approved, and done.')
  await expect(page.getByRole('main')).toContainText('Approved in an emergency')
  await expectGood(page)
  expect((await account.api.getMapping({ mappingId })).body.url).toBe(url)
})
