import { X509Certificate } from 'node:crypto'
import { createCa, type IssuedCertificate, type MtlsTarget, startMtlsTarget, type TestCa } from '@mtls-gateway/test-kit'
import { expectNoAxeViolations } from './support/accessibility.ts'
import { expect, test } from './support/browser-test.ts'
import { expectDisabled, expectFits, expectToast } from './support/on-the-page.ts'

let root: TestCa
let clientCa: TestCa
const targets: MtlsTarget[] = []

test.beforeAll(async () => {
  ;[root, clientCa] = await Promise.all([createCa({ name: 'Bank Root' }), createCa({ name: 'Client CA' })])
})
test.afterEach(async () => {
  for (const target of targets.splice(0)) await target.close()
})

async function targetWith(sent: (identity: IssuedCertificate) => readonly string[]): Promise<MtlsTarget> {
  const identity = await root.issue({ commonName: 'localhost', dnsNames: ['localhost'] })
  // What a target leaves out is the last of the chain.
  const serverIdentity = { ...identity, chain: [...sent(identity), ''] }
  const target = await startMtlsTarget({ serverIdentity, clientCa: clientCa.certificate })
  targets.push(target)
  return target
}

test('the CA of a target is compared, trusted by a mapping, and calls reach the target', async ({ page, account }) => {
  const target = await targetWith(({ chain }) => chain)
  const url = `${target.url}/token`
  const certificateId = await account.addCertificate('bank', await clientCa.issue({ commonName: 'bank' }))
  const mappingId = await account.map('token', url, certificateId)
  const call = await account.caller()
  await expect(call(url)).rejects.toThrow('TARGET_UNREACHABLE')

  await page.goto(account.path(`mappings/${mappingId}`))
  const panel = page.getByRole('dialog', { name: 'token' })
  await panel.getByText('How the target is trusted').click()
  await panel.getByRole('button', { name: 'Fetch the target’s CA' }).click()
  const found = panel.getByRole('region', { name: 'What the target sent' })
  await expect(found).toContainText(new X509Certificate(root.certificate).fingerprint256)
  await expect(found).toContainText('compare its SHA-256 fingerprint with the one that the target’s owner tells you')
  await expectNoAxeViolations(page)
  for (const width of [320, 390, 768, 1_440]) await expectFits(page, width)
  const field = panel.getByLabel('CA certificates')
  await found.getByRole('button', { name: 'Reject it' }).click()
  await expect(found).toHaveCount(0)
  await expect(field).toHaveValue('')

  await panel.getByRole('button', { name: 'Fetch the target’s CA' }).click()
  await found.getByRole('button', { name: /trust it$/ }).click()
  await expect(panel.getByRole('status', { name: 'The target’s CA', exact: true })).toContainText(
    '“CN=Bank Root” stands in the field',
  )
  await expect(field).toHaveValue(root.certificate)
  expect((await account.api.getMapping({ mappingId })).body.targetTrust, 'nothing is stored yet').toBeUndefined()
  await panel.getByRole('button', { name: 'Save', exact: true }).click()
  await expectToast(page, 'token is saved.')
  await expect.poll(async () => (await call(url).catch(() => undefined))?.status).toBe(200)
})

test('a call that fails by an unknown CA leads to it, and what was found is for its url alone', async ({
  page,
  account,
}) => {
  const target = await targetWith(({ chain }) => chain)
  const id = await account.addCertificate('bank', await clientCa.issue({ commonName: 'bank' }))
  await page.goto(account.path(`certificates/${id}`))
  const url = page.getByLabel('Url of the target')
  await url.fill(`${target.url}/token`)
  const fetching = page.getByRole('button', { name: 'Fetch the target’s CA' })
  await expect(fetching).toBeHidden()
  await page.getByRole('button', { name: 'Call the target' }).click()
  await expect(page.getByRole('status', { name: 'Result of the call' })).toContainText('"CN=Bank Root"')
  await fetching.click()
  const found = page.getByRole('region', { name: 'What the target sent' })
  await expect(found).toContainText('CN=Bank Root')
  await url.fill(`${target.url}/other`)
  await expect(found).toHaveCount(0)
  await url.fill(`${target.url}/token`)
  await found.getByRole('button', { name: /trust it$/ }).click()
  await page.getByRole('button', { name: 'Call the target' }).click()
  await expect(page.getByRole('list', { name: 'Stations' })).toContainText('Target trusted: yes')
})

test('a target that sends its certificate alone, and one that needs nothing, get a sentence', async ({
  page,
  account,
  system,
  expectedFaults,
}) => {
  expectedFaults.push(/^400 POST .*target-ca/)
  const alone = await targetWith(() => [])
  await page.goto(account.path('mappings/new'))
  const panel = page.getByRole('dialog', { name: 'Map a url' })
  await panel.getByText('How the target is trusted').click()
  const fetching = panel.getByRole('button', { name: 'Fetch the target’s CA' })
  await expectDisabled(fetching, 'Type the url of the target first.')
  const result = panel.getByRole('status', { name: 'The target’s CA', exact: true })
  for (const [url, sentence] of [
    [alone.url, /Ask the target’s owner for the certificate of "CN=Bank Root" as PEM/],
    [system.target.url, /this gateway trusts already/],
    ['https://10.0.0.1/', /private, local or reserved address/],
    ['http://bank.example/', /begin with https/],
  ] as const) {
    await panel.getByLabel('Url', { exact: true }).fill(url)
    await fetching.click()
    await expect(result).toContainText(sentence)
    await expect(panel.getByRole('button', { name: /trust it$/ })).toHaveCount(0)
    await expectNoAxeViolations(page)
  }
  await panel.getByLabel('Url', { exact: true }).fill('https://*.bank.example/token')
  await expectDisabled(fetching, /A pattern is for many hosts/)
})

test.describe('with a token that reads alone', () => {
  test.use({ scopes: ['mtls:read'] })

  test('no CA is fetched', async ({ page, account }) => {
    await page.goto(account.path('mappings/new'))
    await page.getByText('How the target is trusted').click()
    await expectDisabled(page.getByRole('button', { name: 'Fetch the target’s CA' }), /lacks the scope mtls:write/)
  })
})
