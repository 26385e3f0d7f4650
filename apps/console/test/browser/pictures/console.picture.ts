import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { password } from '../support/account.ts'
import { test as base, expect } from '../support/browser-test.ts'
import { expectPage } from '../support/on-the-page.ts'
import { filesOf, folder, type PictureName } from './names.ts'
import { withFewColours } from './png.ts'
import { Story } from './story.ts'

const root = join(import.meta.dirname, '../../../../..')
const at = '/accounts/le123'
const margin = 12
const none = { x: 0, y: 0, width: 0, height: 0 }

const test = base.extend<{ readonly story: Story; readonly bank: number }>({
  story: ({ system, account }, use) => use(new Story(system, account)),
  bank: [
    async ({ story, context, expectedFaults }, use) => {
      const bank = await story.tell()
      await story.lens().putBefore(context)
      // A file whose password is not typed yet.
      expectedFaults.push(/^422 POST .*p12-test/)
      await use(bank)
    },
    { auto: true },
  ],
})

test('overview', async ({ page, story }) => {
  await story.plan()
  await story.makeCalls()
  await page.goto(at)
  await expect(page.getByText(/3 calls, the last one,? \d+ minutes? ago/)).toBeVisible()
  await take(page, 'overview')
})

test('verdict', async ({ page, story }) => {
  await openVerdict(page, story)
  await take(page, 'verdict', page.getByRole('region', { name: 'Choose the file' }))
})

test('handshake', async ({ page, story }) => {
  await openVerdict(page, story)
  await page.getByLabel('Url of the target').fill('https://partner.example/hooks')
  await page.getByRole('button', { name: 'Call the target' }).click()
  const figure = page.getByRole('figure', { name: /^Handshake with/ })
  await expect(figure.getByText('Partner CA')).toBeVisible()
  await take(page, 'handshake', figure)
})

test('mappings', async ({ page }) => {
  await page.goto(`${at}/mappings`)
  await expect(page.getByRole('row')).toHaveCount(5)
  await take(page, 'mappings')
})

test('credentials', async ({ page, account }) => {
  const [mapping] = (await account.api.listMappings({ query: { search: 'bank-accounts' } })).body
  await account.api.updateMapping({
    mappingId: mapping?.id ?? 0,
    body: {
      targetAuth: {
        ...{ type: 'oauth2', tokenUrl: 'https://auth.bank.example/token', clientId: 'shop', scope: 'accounts' },
        ...{ method: 'client_secret_basic', secret: 'secret', parameters: { resource: 'https://bank.example' } },
      },
    },
  })
  await page.goto(`${at}/mappings`)
  await page.getByRole('link', { name: 'bank-accounts' }).click()
  const fold = page.getByRole('group').filter({ has: page.getByLabel('Token endpoint') })
  await page.setViewportSize({ width: 1280, height: 2_000 })
  await expect(fold.getByText(/by alice/)).toBeVisible()
  await take(page, 'credentials', fold)
})

test('signing-keys', async ({ page, account }) => {
  for (const algorithm of ['PS256', 'ES256'] as const) {
    await account.api.createSigningKey({ body: { use: 'client-authentication', algorithm } })
  }
  await account.api.changeSettings({ body: { publishKeys: true } })
  await page.goto(`${at}/signing-keys`)
  await expect(page.getByRole('region', { name: 'the path of the key set' })).toBeVisible()
  await take(page, 'signing-keys')
})

test('explain', async ({ page }) => {
  await page.goto(`${at}/explain?${new URLSearchParams({ service: 'IDP', url: 'https://bank.example/Token' })}`)
  await expect(page.getByRole('region', { name: 'Mappings that almost match' })).toBeVisible()
  await take(page, 'explain')
})

test('calls', async ({ page, story }) => {
  await story.makeCalls()
  await page.goto(`${at}/calls`)
  await page
    .getByRole('button', { name: /^Details of .*partner/ })
    .first()
    .click()
  await expect(page.getByRole('dialog')).toContainText('TLS handshake')
  await take(page, 'calls', undefined, 900)
})

test('rotate', async ({ page, story, bank }) => {
  await page.goto(`${at}/certificates/${bank}/rotate`)
  const file = { name: 'bank.p12', mimeType: '', buffer: await story.file('bank') }
  await page.getByLabel('Certificate file').setInputFiles(file)
  await page.getByLabel('Password of the file').fill(password)
  await page.getByLabel('Password of the file').press('Enter')
  await page.getByRole('button', { name: 'Stage', exact: true }).click()
  await page.getByRole('button', { name: 'Probe', exact: true }).click()
  // Whoever promotes before the probe has answered does not see its results.
  await expect(page.getByText('Not tried')).toBeVisible()
  await page.getByRole('button', { name: 'Promote', exact: true }).click()
  await expect(page.getByText('1 of 1 forwarder presents it.')).toBeVisible()
  await take(page, 'rotate')
})

test('renewal', async ({ page, account, bank }) => {
  await account.api.setPlan({ certificateId: bank, body: { profile: 'local', promote: 'eachTarget', renewAt: 0.66 } })
  await page.goto(`${at}/certificates/${bank}`)
  const card = page.getByRole('region', { name: 'Renewal' })
  await expect(card).toContainText(/then switches each of \d mappings/)
  await page.setViewportSize({ width: 1280, height: 1_400 })
  await card.scrollIntoViewIfNeeded()
  await take(page, 'renewal', card)
})

test('handover', async ({ page, story, bank }) => {
  await page.goto(await story.handOver(bank))
  await expectPage(page, 'Register this client certificate')
  // Down to the answer: the whole page has the same for the version in use, and makes a large file.
  const { y, height } = (await page.getByRole('region', { name: 'Where is it registered?' }).boundingBox()) ?? none
  await take(page, 'handover', undefined, Math.ceil(y + height) + margin)
})

test('fleet', async ({ page, story }) => {
  await story.plan()
  await page.goto(`${at}/fleet`)
  await expect(page.getByRole('table', { name: 'By key' })).toBeVisible()
  await take(page, 'fleet')
})

test('approval', async ({ page, story }) => {
  const id = await story.askForApproval()
  await page.goto(`${at}/approvals/${id}`)
  await expect(page.getByRole('button', { name: 'Approve', exact: true })).toBeVisible()
  await take(page, 'approval')
})

test('audit', async ({ page }) => {
  await page.goto(`${at}/audit`)
  await expect(page.getByRole('row').nth(5)).toBeVisible()
  await take(page, 'audit', undefined, 780)
})

async function openVerdict(page: Page, story: Story): Promise<void> {
  await page.goto(`${at}/certificates/new`)
  await expectPage(page, 'Add a certificate')
  const file = { name: 'payments.p12', mimeType: '', buffer: await story.file('payments') }
  await page.getByLabel('Certificate file').setInputFiles(file)
  await page.getByLabel('Password of the file').fill(password)
  await page.getByLabel('Password of the file').press('Enter')
  await expect(page.getByRole('status', { name: 'Verdict' })).toContainText('This file can be used.')
}

/** Writes what the documents show: the whole page, or a part of it. */
async function take(page: Page, name: PictureName, part?: Locator, highest?: number): Promise<void> {
  const messages = page.getByRole('status', { name: 'Messages' }).getByRole('button')
  while ((await messages.count()) > 0) await messages.first().click()
  // What has the focus says nothing to a reader.
  await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur())
  await page.mouse.move(0, 0)
  const clip = part === undefined ? await whole(page, highest) : await around(part)
  await mkdir(join(root, folder), { recursive: true })
  for (const file of filesOf(name)) {
    await page.emulateMedia({ colorScheme: file.includes('-dark') ? 'dark' : 'light' })
    const picture = await page.screenshot({ clip, animations: 'disabled' })
    await writeFile(join(root, folder, file), withFewColours(picture))
  }
}

/** As far down as there is something, once nothing is added any more. */
async function whole(page: Page, highest = Number.POSITIVE_INFINITY) {
  let end = 0
  const isTheSame = async () => {
    const before = end
    const things = page.locator('nav li, main > *')
    end = await things.evaluateAll((all) => Math.max(...all.map((each) => each.getBoundingClientRect().bottom)))
    return end === before
  }
  await expect.poll(isTheSame, { intervals: [300] }).toBe(true)
  return { x: 0, y: 0, width: page.viewportSize()?.width ?? 0, height: Math.min(Math.ceil(end) + 2 * margin, highest) }
}

/** With a little of what is beside it, so that it does not look cut off. */
async function around(part: Locator) {
  const { x, y, width, height } = (await part.boundingBox()) ?? none
  return { x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin }
}
