import { makePkcs12 } from '@mtls-gateway/test-kit'
import { expectNoAxeViolations } from './support/accessibility.ts'
import { type Account, password } from './support/account.ts'
import { expect, test } from './support/browser-test.ts'
import { expectDisabled, expectFits, expectPage, expectRow } from './support/on-the-page.ts'
import type { SystemParts } from './support/system-parts.ts'

test('after a failed probe nothing is promoted; after a good one it is presented, and rolled back', async ({
  page,
  account,
  system,
  expectedFaults,
}) => {
  // That a file needs a password, a page learns by asking.
  expectedFaults.push(/^422 POST .*p12-test/)
  const first = await system.target.clientCa.issue({ commonName: 'first.example' })
  const refused = await system.partner.clientCa.issue({ commonName: 'refused.example' })
  const next = await system.target.clientCa.issue({ commonName: 'next.example' })
  const certificateId = await account.addCertificate('bank', first)
  await account.map('bank token', `${system.target.url}/token`, certificateId)
  await page.goto(account.path(`certificates/${certificateId}/rotate`))
  await expectPage(page, 'Rotate bank')
  const stage = page.getByRole('listitem', { name: /^Stage the next version/ })
  const probe = page.getByRole('listitem', { name: /^Probe the targets/ })
  const promote = page.getByRole('listitem', { name: /^Promote it/ })
  const everywhere = page.getByRole('listitem', { name: /^Presented everywhere/ })
  const promoteButton = promote.getByRole('button', { name: 'Promote', exact: true })
  await expectDisabled(promoteButton, 'Stage the next version first.')

  const stageFile = async (identity: typeof first) => {
    const buffer = Buffer.from(makePkcs12({ identity, password }))
    await stage.getByLabel('Certificate file').setInputFiles({ name: 'next.p12', mimeType: '', buffer })
    await stage.getByLabel('Password of the file').fill(password)
    await stage.getByLabel('Password of the file').press('Enter')
    await expect(stage.getByText('This file can be used')).toBeVisible()
    await stage.getByRole('button', { name: 'Stage', exact: true }).click()
    await expect(stage.getByText(identity.fingerprintSha256)).toBeVisible()
  }
  await stageFile(refused)
  await probe.getByRole('button', { name: 'Probe', exact: true }).click()
  await expect(probe.getByRole('figure', { name: `Handshake with ${system.target.url}` })).toBeVisible()
  await expect(probe.getByRole('heading', { level: 2 })).toContainText('Failed')
  await expect(probe.getByText(`${system.target.url}/token`, { exact: true }), 'it is said once').toHaveCount(1)
  await expectDisabled(promoteButton, /probe failed/)
  await expectNoAxeViolations(page)
  await page.reload()
  await expectDisabled(promoteButton, /probe failed/)

  await stage.getByRole('button', { name: 'Drop this version' }).click()
  await stageFile(next)
  await probe.getByRole('button', { name: 'Probe', exact: true }).click()
  await expect(probe.getByText('Accepted', { exact: true }).first()).toBeVisible()
  await expectDisabled(promoteButton, /not a usual renewal/)
  await promote.getByLabel('This difference is meant').check()
  await promoteButton.click()
  await expect(everywhere).toContainText('1 of 1 forwarder presents it.')
  await expect(everywhere.getByRole('heading')).toContainText('Done')
  await expect(everywhere).toContainText('Then have the previous certificate revoked.')
  await expectNoAxeViolations(page)
  expect((await account.api.getCertificate({ certificateId })).body.fingerprintSha256).toBe(next.fingerprintSha256)

  await everywhere.getByRole('button', { name: 'Roll back' }).click()
  await expect(
    page.getByRole('list', { name: 'Versions' }).getByRole('listitem').filter({ hasText: 'In use' }),
  ).toContainText(first.fingerprintSha256.slice(0, 12))
  await expect(everywhere).toContainText('You have rolled back')
  await expect(everywhere).not.toContainText('Then have the previous certificate revoked.')
  await everywhere.getByRole('button', { name: 'Roll back' }).click()
  await expect(everywhere).toContainText('Then have the previous certificate revoked.')
  const late = page.getByRole('status').filter({ hasText: 'could not be told at once' })
  await expect(late).toHaveCount(0)
  await page.route(/rollback/, async (route) => {
    const headers = { ...(await route.request().allHeaders()), 'sec-fetch-site': 'same-origin' }
    const response = await route.fetch({ headers })
    await route.fulfill({ response, headers: { ...response.headers(), 'lp-change-notice': 'delayed' } })
  })
  await everywhere.getByRole('button', { name: 'Roll back' }).click()
  await expect(everywhere).toContainText('You have rolled back')
  await expect(late, 'that forwarders learn late of it is said once').toHaveCount(1)
  expect((await account.api.getCertificate({ certificateId })).body.fingerprintSha256).toBe(first.fingerprintSha256)
})

test('the wrong file is compared with the version in use, and promoted only by whoever means it', async ({
  page,
  account,
  system,
}) => {
  const { clientCa } = system.target
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000)
  const usual = { commonName: 'bank.example', dnsNames: ['bank.example'], notAfter: inDays(30) }
  const first = await clientCa.issue(usual)
  const certificateId = await account.addCertificate('bank', first)
  const stage = page.getByRole('listitem', { name: /^Stage the next version/ })
  const promote = page.getByRole('listitem', { name: /^Promote it/ })
  const promoteButton = promote.getByRole('button', { name: 'Promote', exact: true })

  await account.stage(certificateId, first)
  await page.goto(account.path(`certificates/${certificateId}/rotate`))
  await expectPage(page, 'Rotate bank')
  await expect(stage.getByRole('status')).toContainText('It is the very certificate that is in use already')
  await expectDisabled(promoteButton, /not a usual renewal/)

  const other = await system.partner.clientCa.issue({
    ...usual,
    commonName: 'bank.wrong.example',
    dnsNames: [],
    keyType: 'EC-P384',
    notAfter: inDays(20),
  })
  await account.stage(certificateId, other)
  await page.reload()
  await expect(stage.getByRole('status')).toContainText('Not a usual renewal')
  const compared = stage.getByRole('table', { name: 'The version in use and the next one' })
  await expectRow(stage, { Fact: 'Subject Differs', 'In use': 'CN=bank.example', Next: 'CN=bank.wrong.example' })
  await expectRow(stage, { Fact: 'Names Differs', 'In use': 'DNS:bank.example', Next: 'none' })
  await expectRow(stage, { Fact: 'Key Differs', 'In use': 'EC-P256', Next: 'EC-P384' })
  await expect(compared.getByRole('row')).toHaveCount(6)
  for (const width of [390, 768, 1_440]) await expectFits(page, width)
  await expectNoAxeViolations(page)
  await expect(promote.getByText('mtls rotate bank --yes --wait')).toBeAttached()
  await promote.getByLabel('These 5 differences are meant').check()
  await expect(promoteButton).toBeEnabled()

  // What was meant was another version.
  const close = await clientCa.issue({ ...usual, commonName: 'bank.other.example', notAfter: inDays(60) })
  await account.stage(certificateId, close)
  await page.reload()
  await expectDisabled(promoteButton, /not a usual renewal/)
  await page.goto(account.path(`certificates/${certificateId}`))
  await expectPage(page, 'bank')
  await expectDisabled(page.getByRole('button', { name: 'Promote', exact: true }), /compare the two first/)
  await page.getByRole('link', { name: 'Rotate' }).click()
  await promote.getByLabel('This difference is meant').check()
  await promoteButton.click()
  await expect(page.getByRole('listitem', { name: /^Presented everywhere/ })).toContainText(
    '1 of 1 forwarder presents it.',
  )

  await account.stage(
    certificateId,
    await clientCa.issue({ ...usual, commonName: 'bank.other.example', notAfter: inDays(90) }),
  )
  await page.reload()
  await expect(stage.getByRole('status')).toContainText('A usual renewal')
  await promoteButton.click()
  await expect(promote).toContainText('Calls switched')
})

test('an older file that is promoted is not called a rollback', async ({ page, account, system }) => {
  const dayMs = 86_400_000
  const expiresIn = (days: number) => ({ commonName: `in ${days} days`, notAfter: new Date(Date.now() + days * dayMs) })
  const certificateId = await account.addCertificate('bank', await system.target.clientCa.issue(expiresIn(90)))
  await account.stage(certificateId, await system.target.clientCa.issue(expiresIn(60)))
  await account.api.promoteStaged({
    certificateId,
    query: { force: 'false', accept: 'EXPIRES_EARLIER,SUBJECT_DIFFERS' },
  })
  await page.goto(account.path(`certificates/${certificateId}/rotate`))
  const everywhere = page.getByRole('listitem', { name: /^Presented everywhere/ })
  await expect(everywhere).toContainText('The version in use expires before the previous one')
  await expect(everywhere).not.toContainText('You have rolled back')
  await expectNoAxeViolations(page)

  await everywhere.getByRole('button', { name: 'Roll back' }).click()
  await expect(everywhere).toContainText('Then have the previous certificate revoked.')
})

test('the next version is promoted mapping by mapping, and goes back the same way', async ({
  page,
  account,
  system,
}) => {
  const { certificateId, next } = await mapAndStage(account, system, {
    'bank token': `${system.target.url}/token`,
    'bank payments': `${system.target.url}/payments`,
  })
  await page.goto(account.path(`certificates/${certificateId}`))
  const card = page.getByRole('region', { name: 'Mapping by mapping' })
  await expectRow(card, { Name: 'bank token', State: 'waits' })
  await card.getByRole('button', { name: 'Promote for bank token' }).click()
  await expectRow(card, { Name: 'bank token', State: 'presents it' })
  await expectRow(card, { Name: 'bank payments', State: 'waits' })
  await expect(page.getByText('1 of 2 mappings do not present the promoted version.')).toBeVisible()
  await expectNoAxeViolations(page)
  await expectFits(page, 390)

  await card.getByRole('button', { name: 'Roll back for bank token' }).click()
  await expectRow(card, { Name: 'bank token', State: 'rolled back' })
  await card.getByRole('button', { name: 'Promote for bank token' }).click()
  await expectRow(card, { Name: 'bank token', State: 'presents it' })
  await card.getByRole('button', { name: 'Promote for bank payments' }).click()
  await expect(card).toHaveCount(0)
  expect((await account.api.getCertificate({ certificateId })).body.fingerprintSha256).toBe(next.fingerprintSha256)
})

test('a mapping whose target accepts the next version is promoted although another one refuses it', async ({
  page,
  account,
  system,
}) => {
  const { certificateId } = await mapAndStage(account, system, {
    'bank token': `${system.target.url}/token`,
    partner: `${system.partner.url}/partner`,
  })
  await page.goto(account.path(`certificates/${certificateId}/rotate`))
  await page.getByRole('button', { name: 'Probe', exact: true }).click()
  const card = page.getByRole('region', { name: 'Mapping by mapping' })
  await expectRow(card, { Name: 'bank token', State: 'tested', Since: /./ })
  await expectRow(card, { Name: 'partner', State: /^waits/ })
  await expectDisabled(card.getByRole('button', { name: 'Promote for partner' }), /Its last probe failed/)
  await card.getByRole('button', { name: 'Promote for bank token' }).click()
  await expectRow(card, { Name: 'bank token', State: 'presents it' })
  await expectNoAxeViolations(page)
})

/** A certificate with mappings, by name, whose next version is staged. */
async function mapAndStage(
  account: Account,
  { target }: Pick<SystemParts, 'target'>,
  urls: Readonly<Record<string, string>>,
) {
  const [first, next] = await Promise.all([1, 2].map(() => target.clientCa.issue({ commonName: 'same.example' })))
  if (!first || !next) throw new TypeError('two were issued')
  const certificateId = await account.addCertificate('bank', first)
  for (const [name, url] of Object.entries(urls)) await account.map(name, url, certificateId)
  const body = { certificate: next.certificate + next.chain.join(''), privateKey: next.privateKey }
  await account.api.stageVersion({ certificateId, body })
  return { certificateId, next }
}
