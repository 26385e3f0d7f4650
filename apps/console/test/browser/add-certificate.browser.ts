import { execFileSync } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type IssuedCertificate, makePkcs12 } from '@mtls-gateway/test-kit'
import type { Page } from '@playwright/test'
import { expectNoAxeViolations } from './support/accessibility.ts'
import { password } from './support/account.ts'
import { expect, skipWithout, test } from './support/browser-test.ts'
import { dropFile, expectDisabled, expectPage } from './support/on-the-page.ts'

test.beforeEach(async ({ page, account }) => {
  await page.goto(account.path('certificates/new'))
  await expectPage(page, 'Add a certificate')
})

test('a wrong password keeps the file and has the focus, and nothing is stored before Store', async ({
  page,
  account,
  system,
  expectedFaults,
}) => {
  expectedFaults.push(/^422 POST .*p12-test/)
  const identity = await system.target.clientCa.issue({ commonName: 'payments.example' })
  await dropFile(dropZone(page), 'payments.p12', makePkcs12({ identity, password }))
  const field = page.getByLabel('Password of the file')
  await expect(field).toBeFocused()
  await expect(field).toHaveAccessibleDescription(/not kept/)
  await field.fill('battery staple')
  await field.press('Enter')
  await expect(field).toHaveAccessibleDescription(/password/i)
  await expect(field).toHaveAttribute('aria-invalid', 'true')
  await expect(field).toBeFocused()
  await expect(page.getByRole('strong').filter({ hasText: 'payments.p12' })).toBeVisible()

  await field.fill(password)
  await field.press('Enter')
  const verdict = page.getByRole('status', { name: 'Verdict' })
  await expect(verdict).toContainText('This file can be used.')
  await expect(verdict).toContainText('CN=payments.example')
  await expectNoAxeViolations(page)
  expect((await account.api.listCertificates()).body).toEqual([])

  await page.getByRole('button', { name: 'Store' }).click()
  await expect(page.getByText('“payments” is stored.')).toBeVisible()
  expect((await account.api.listCertificates()).body).toMatchObject([{ name: 'payments' }])
})

test('a keystore of Java and a signing request say what they are, and what helps', async ({ page, expectedFaults }) => {
  expectedFaults.push(/^422 POST .*p12-test/)
  await choose(page, 'client.p12', Buffer.from('feedfeed00000002', 'hex'))
  const verdict = page.getByRole('status', { name: 'Verdict' })
  await expect(verdict).toContainText('This is a Java keystore (JKS), not a PKCS#12 file.')
  await expect(verdict).toContainText('keytool -importkeystore')

  await choose(
    page,
    'client.pem',
    Buffer.from('-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----'),
  )
  await expect(verdict).toContainText('This is a signing request (CSR), not a certificate.')
})

test('a wrong file is put right by the right one beside it', async ({ page, system, expectedFaults }) => {
  expectedFaults.push(/^422 POST .*p12-test/)
  const verdict = page.getByRole('status', { name: 'Verdict' })
  const { clientCa } = system.target
  const { certificate, privateKey } = await clientCa.issue({ commonName: 'mine.example' })
  const old = await clientCa.issue({ commonName: 'old.example' })
  const der = Buffer.from(certificate.replaceAll(/-----.*-----|\s/g, ''), 'base64')
  await choose(page, 'mine.key', Buffer.from(privateKey))
  await addFile(page, 'Now the certificate of this private key', 'old.pem', Buffer.from(old.certificate))
  await expect(verdict).toContainText('The private key belongs to none of the certificates ("CN=old.example").')
  await choose(page, 'note.txt', Buffer.from('hello'))
  await expect(page.getByLabel('Certificate file')).toHaveAccessibleDescription(
    /note\.txt is neither a certificate nor/,
  )
  await choose(page, 'mine.cer', der)
  await expect(verdict).toContainText('CN=mine.example')
  await expect(verdict, 'the wrong one is left out').toContainText('CN=old.example')
  await expect(page.getByText('old.pem, mine.cer, and mine.key')).toBeVisible()
  await expectNoAxeViolations(page)
})

test('a file that is too large is not sent at all', async ({ page }) => {
  await choose(page, 'backup.p12', Buffer.alloc(300 * 1024, 0x30))
  await expect(page.getByRole('alert')).toHaveText(
    'backup.p12 has 300 KiB. A key file has at most 256 KiB: is it the right one?',
  )
})

test('a certificate as PEM asks for its key, an encrypted key for its passphrase', async ({ page, system }) => {
  const { certificate, privateKey } = await system.target.clientCa.issue({ commonName: 'pair.example' })
  await choose(page, 'pair.pem', Buffer.from(certificate))
  await expect(
    page.getByText('This file is a certificate without its private key, and can’t be used alone.'),
  ).toBeVisible()
  const key = page.getByLabel('Now the private key of this certificate')
  const encryption = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: password } as const
  const buffer = Buffer.from(createPrivateKey(privateKey).export(encryption))
  await key.setInputFiles({ name: 'pair.key', mimeType: '', buffer })
  await expect(page.getByLabel('Passphrase of the key')).toBeFocused()
  await page.keyboard.type(password)
  await page.keyboard.press('Enter')
  await expect(page.getByText('pair.pem and pair.key')).toBeVisible()
  await expect(page.getByRole('status', { name: 'Verdict' })).toContainText('CN=pair.example')
  await page.getByRole('button', { name: 'Store' }).click()
  await expect(page.getByText('“pair” is stored.')).toBeVisible()
})

test.describe('with a clipboard', () => {
  test.use({ permissions: ['clipboard-read', 'clipboard-write'] })

  test('a file of openssl -legacy has its warning, and the command to copy is the one of the API', async ({
    page,
    account,
    system,
    expectedFaults,
  }) => {
    skipWithout('openssl')
    expectedFaults.push(/^422 POST .*p12-test/)
    const file = await legacyFile(await system.target.clientCa.issue({ commonName: 'legacy.example' }))
    const { body } = await account.api.testP12({ form: { file: new Blob([Uint8Array.from(file)]), password } })
    const warning = body.problems.find(({ code }) => code === 'WEAK_ENCRYPTION')

    await choose(page, 'legacy.p12', file)
    await page.getByLabel('Password of the file').fill(password)
    await page.getByLabel('Password of the file').press('Enter')
    const verdict = page.getByRole('status', { name: 'Verdict' })
    await expect(verdict).toContainText(warning?.message ?? 'no warning')
    await verdict.getByRole('button', { name: 'Copy the fix for WEAK_ENCRYPTION' }).click()
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(warning?.fix)
  })
})

test('a target of another CA shows the station that broke, and the issuers that it accepts', async ({
  page,
  system,
  expectedFaults,
}) => {
  expectedFaults.push(/^422 POST .*p12-test/)
  const identity = await system.target.clientCa.issue({ commonName: 'stranger.example' })
  await choose(page, 'stranger.p12', makePkcs12({ identity, password }))
  await page.getByLabel('Password of the file').fill(password)
  await page.getByLabel('Password of the file').press('Enter')
  await page.getByLabel('Url of the target').fill(`${system.partner.url}/hook`)
  await page.getByRole('button', { name: 'Call the target' }).click()
  const picture = page.getByRole('figure', { name: `Handshake with ${system.partner.url}/hook` })
  const stations = picture.getByRole('list', { name: 'Stations' }).getByRole('listitem')
  await expect(stations).toHaveText([
    'Reached: yes',
    /^TLS agreed: yes, TLS 1\.[23]$/,
    'Target trusted: yes',
    'Asked for a certificate: yes',
    'Accepted: no',
  ])
  await expect(picture).toContainText('The two lists have no issuer in common.')
  await expect(picture.getByText('Partner CA')).toBeVisible()
  await expectNoAxeViolations(page)

  await page.setViewportSize({ width: 320, height: 700 })
  await expect(picture.getByText('Partner CA')).toBeVisible()
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320)
  await expectNoAxeViolations(page)
})

test('from a file to a call that presents it, by keyboard alone', async ({ page, account, system, expectedFaults }) => {
  expectedFaults.push(/^422 POST .*p12-test/)
  const url = `${system.target.url}/token`
  const identity = await system.target.clientCa.issue({ commonName: 'onboarded.example' })
  const file = { name: 'onboarded.p12', mimeType: '', buffer: Buffer.from(makePkcs12({ identity, password })) }

  // Long before the key is pressed: the browser is told to leave the choice to the test, which nobody waits for.
  const choosing = page.waitForEvent('filechooser')
  await tabTo(page, 'Certificate file')
  await page.keyboard.press('Enter')
  const chooser = await choosing
  await chooser.setFiles(file)
  await expect(page.getByLabel('Password of the file')).toBeFocused()
  await page.keyboard.type(password)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('status', { name: 'Verdict' })).toContainText('This file can be used.')

  await tabTo(page, 'Url of the target')
  await page.keyboard.type(url)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('status', { name: 'Result of the call' })).toContainText(
    'The target took the certificate',
  )

  await tabTo(page, 'Name')
  await page.keyboard.press('Enter')
  await expect(page.getByText('“onboarded” is stored.')).toBeVisible()

  await tabTo(page, 'Service')
  await page.keyboard.type('IDP')
  await tabTo(page, 'Name of the mapping')
  await page.keyboard.press('Enter')
  await expect(page.getByText(`presents the certificate "onboarded"`)).toBeVisible()

  const answer = await (await account.caller())(url)
  expect(answer.status).toBe(200)
  expect(system.target.seen.at(-1)?.clientCertificate?.subject).toContain('onboarded.example')
})

test('what was stored and not yet mapped is found again by the url; a wrong url is told at its field', async ({
  page,
  account,
  system,
  expectedFaults,
}) => {
  expectedFaults.push(/^400 POST .*mappings/)
  const identity = await system.target.clientCa.issue({ commonName: 'later.example' })
  const id = await account.addCertificate('later', identity)
  await page.goto(account.path(`certificates/new?certificateId=${id}`))
  await expect(page.getByRole('heading', { name: 'Map it' })).toBeVisible()
  await page.getByLabel('Service').selectOption('IDP')
  await page.getByLabel('Url').fill('http://bank.example/token')
  await page.getByLabel('Name of the mapping').fill('bank')
  await page.getByRole('button', { name: 'Map it' }).click()
  await expect(page.getByLabel('Url')).toHaveAccessibleDescription(/https/)
  await expectNoAxeViolations(page)

  await page.getByLabel('Url').fill('https://bank.example/v2/*')
  await page.getByRole('button', { name: 'Map it' }).click()
  await expect(page.getByText('Calls of IDP to https://bank.example/v2/* are mapped.')).toBeVisible()
  expect((await account.api.listMappings()).body).toMatchObject([{ name: 'bank', certificationId: String(id) }])
})

test.describe('with a token that reads alone', () => {
  test.use({ scopes: ['mtls:read'] })

  test('no file is taken, and the page says which scope is missing', async ({ page }) => {
    await expect(page.getByLabel('Certificate file')).toBeDisabled()
    await expect(page.getByLabel('Certificate file')).toHaveAccessibleDescription(/mtls:write/)
    await page.getByText('Paste PEM instead').click()
    await expectDisabled(page.getByRole('button', { name: 'Check' }), /mtls:write/)
  })

  test('a form says so before it is filled in', async ({ page }) => {
    await page.getByRole('link', { name: 'Make a signing request' }).click()
    const form = page.locator('form').filter({ has: page.getByLabel('Name', { exact: true }) })
    await expect(form.getByRole('status')).toHaveText(/lacks the scope mtls:write/)
  })
})

function dropZone(page: Page) {
  return page.getByLabel('Certificate file').locator('..')
}

function choose(page: Page, name: string, content: Uint8Array): Promise<void> {
  return addFile(page, 'Certificate file', name, content)
}

function addFile(page: Page, label: string, name: string, content: Uint8Array): Promise<void> {
  return page.getByLabel(label).setInputFiles({ name, mimeType: '', buffer: Buffer.from(content) })
}

/** Presses Tab until a field has the focus, as somebody without a mouse does. */
async function tabTo(page: Page, label: string): Promise<void> {
  const field = page.getByLabel(label, { exact: true })
  for (let presses = 0; presses < 40; presses++) {
    if (await field.evaluate((element) => element === document.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`the keyboard does not reach "${label}"`)
}

async function legacyFile({ certificate, privateKey, chain }: IssuedCertificate): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'mtls-gateway-legacy-'))
  try {
    await writeFile(join(directory, 'all.pem'), [privateKey, certificate, ...chain].join('\n'))
    const words = ['-legacy', '-export', '-in', 'all.pem', '-passout', `pass:${password}`, '-out', 'legacy.p12']
    execFileSync('openssl', ['pkcs12', ...words], { cwd: directory })
    return await readFile(join(directory, 'legacy.p12'))
  } finally {
    await rm(directory, { recursive: true })
  }
}
