import { expectNoAxeViolations } from './support/accessibility.ts'
import { expect, test } from './support/browser-test.ts'
import { expectFits, expectPage } from './support/on-the-page.ts'

const pages = [
  'Certificates',
  'Fleet',
  'Mappings',
  'Trust lists',
  'Signing keys',
  'Calls',
  'App keys',
  'Invitations',
  'Approvals',
  'Audit',
  'Settings',
] as const
/** A phone, a tablet, where the navigation goes to the side, and a notebook. */
const widths = [320, 768, 1_000, 1_440]
const longName = `customer-${'with-a-name-that-goes-on-'.repeat(4)}`
const longUrl = (origin: string) => `${origin}/${'a-path-that-goes-on/'.repeat(30)}token`

test('axe finds nothing on any page of a full account, and each fits on a narrow screen', async ({
  page,
  account,
  system,
}) => {
  const id = await account.addCertificate(longName, await system.target.clientCa.issue({ commonName: 'x.example' }))
  const url = longUrl(system.partner.url)
  await account.map('refused', url, id)
  const call = await account.caller()
  await expect(call(url)).rejects.toThrow('TARGET_UNREACHABLE')
  const expiresAt = new Date(Date.now() + 86_400_000).toISOString()
  await account.api.createInvitation({ body: { label: longName.slice(0, 60), scopes: ['mtls:read'], expiresAt } })
  const notices = [{ channel: 'slack' as const, to: `https://${'a-long-host.'.repeat(10)}example/x` }]
  await account.api.changeSettings({ body: { webhook: { url: longUrl('https://hooks.example') }, notices } })

  await page.goto(account.path())
  await expect(page.getByRole('list', { name: 'Needs attention' })).toContainText('Calls fail')
  await expectNoAxeViolations(page)
  await expectFits(page, 320)
  for (const name of pages) {
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true }).click()
    await expectPage(page, name)
    await expect(page.getByRole('status', { name: /^Loading/ })).toHaveCount(0)
    await expectNoAxeViolations(page)
    for (const width of widths) await expectFits(page, width)
  }
  for (const [path, heading] of [
    [`certificates/${id}`, longName],
    [`certificates/${id}/signing`, `Renew ${longName}`],
    [`certificates/${id}/rotate`, `Rotate ${longName}`],
    ['certificates/new', 'Add a certificate'],
    ['certificates/request', 'Make a signing request'],
    ['certificates/issue', 'Order a certificate'],
    ['explain', 'Explain'],
    ['fleet/replacement?issuer=CN%3DClient%20CA&issuedBefore=2999-01-01T00:00:00.000Z&of=1', 'Replacement'],
  ] as const) {
    await page.goto(account.path(path))
    await expectPage(page, heading)
    await expect(page.getByRole('status', { name: /^Loading/ })).toHaveCount(0)
    await expectNoAxeViolations(page)
    for (const width of widths) await expectFits(page, width)
  }
})

test('axe finds nothing in what opens above a page, and it fits on a narrow screen', async ({
  page,
  account,
  system,
}) => {
  const id = await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'x.example' }))
  const url = longUrl(system.partner.url)
  await account.map('refused', url, id)
  const call = await account.caller()
  await expect(call(url)).rejects.toThrow('TARGET_UNREACHABLE')
  const expectGood = async () => {
    await expectNoAxeViolations(page)
    for (const width of widths) await expectFits(page, width)
  }
  /** As wide as what is in it. */
  const expectDialogFits = async (name: string | RegExp) => {
    await page.setViewportSize({ width: 320, height: 800 })
    const dialog = page.getByRole('dialog', { name })
    await expect.poll(() => dialog.evaluate((it) => it.scrollWidth - it.clientWidth)).toBe(0)
    await page.setViewportSize({ width: 1280, height: 800 })
  }
  const { promise: isOpen, resolve: comeNow } = Promise.withResolvers<void>()
  await page.route(/calls-page.*\.js/, async (route) => {
    await isOpen
    await route.continue()
  })
  await page.goto(account.path('calls'))
  await page.getByRole('banner').getByRole('group').click()
  comeNow()
  await expect(page.getByRole('heading', { level: 1, name: 'Calls' })).toBeVisible()
  await expect(page.getByText('Signed in as'), 'still open, though the page has come').toBeVisible()
  await expectGood()
  await page.keyboard.press('Escape')

  await page.getByRole('button', { name: /^Details of/ }).click()
  await expect(page.getByRole('dialog')).toContainText('TARGET_UNREACHABLE')
  await expectGood()
  await expectDialogFits(/^GET /)
  await page.keyboard.press('Escape')

  await page.goto(account.path('app-keys'))
  await page.getByRole('button', { name: 'Create an app key' }).click()
  await page.getByLabel('Label', { exact: true }).fill('billing')
  await page.getByRole('dialog').getByText('As a command').click()
  await expectGood()
  await expectDialogFits('Create an app key')
  await page.getByRole('button', { name: 'Create', exact: true }).click()
  await expect(page.getByText('The secret is shown only now')).toBeVisible()
  await expectGood()
  await page.getByRole('button', { name: 'Delete billing' }).click()
  await expectGood()
  await expectDialogFits('billing')

  await page.goto(account.path('invitations'))
  await page.getByRole('button', { name: 'Invite somebody' }).first().click()
  await page.getByLabel('Label', { exact: true }).fill('Ada of ACME')
  await page.getByRole('dialog').getByText('As a command').click()
  await expectGood()
  await expectDialogFits('Invite somebody')
  await page.getByRole('button', { name: 'Make the link' }).click()
  await expect(page.getByText('The link is shown only now')).toBeVisible()
  await expectGood()
})

test('axe finds nothing where there is nothing', async ({ page, account }) => {
  for (const [path, heading] of [
    ['', 'Overview'],
    ['certificates', 'Certificates'],
    ['calls', 'Calls'],
    ['invitations', 'Invitations'],
    ['nowhere', 'There is no such page'],
  ] as const) {
    await page.goto(account.path(path))
    await expectPage(page, heading)
    await expect(page.getByRole('status', { name: /^Loading/ })).toHaveCount(0)
    await expectNoAxeViolations(page)
    for (const width of widths) await expectFits(page, width)
  }
  for (const [path, heading] of [
    ['/accounts', 'Which account?'],
    ['/sign-in', 'Sign in'],
    ['/signed-in', 'You are signed in'],
    ['/invitation', 'You are invited'],
    ['/handover', 'Register this client certificate'],
    ['/nowhere', 'There is no such page'],
  ] as const) {
    await page.goto(path)
    await expectPage(page, heading)
    await expect(page.getByRole('main')).toBeVisible()
    await expectNoAxeViolations(page)
    for (const width of widths) await expectFits(page, width)
  }
})
