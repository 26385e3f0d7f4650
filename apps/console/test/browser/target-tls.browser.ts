import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { makePkcs12 } from '@mtls-gateway/test-kit'
import { expectNoAxeViolations } from './support/accessibility.ts'
import { password } from './support/account.ts'
import { test as base, expect } from './support/browser-test.ts'
import { expectFits, expectPage, expectToast } from './support/on-the-page.ts'

/** The target behind an old firewall, which drops a ClientHello as long as X25519MLKEM768 makes it. */
const test = base.extend<{ readonly behindFirewall: string }>({
  behindFirewall: async ({ system }, use) => {
    const sockets = new Set<Socket>()
    const server = createServer((client) => {
      sockets.add(client)
      client.on('error', () => {})
      client.once('data', (hello: Buffer) => {
        if (hello.readUInt16BE(3) > 1_000) return client.destroy()
        const target = connect(Number(new URL(system.target.url).port), 'localhost')
        sockets.add(target)
        target.on('error', () => client.destroy())
        target.write(hello)
        client.pipe(target).pipe(client)
      })
    }).listen(0, 'localhost')
    await once(server, 'listening')
    await use(`https://localhost:${(server.address() as AddressInfo).port}`)
    for (const socket of sockets) socket.destroy()
    server.close()
  },
})

const widths = [320, 390, 768, 1_440]

test('what the explanation of a trial suggests is tried, and taken into the mapping, by one press each', async ({
  page,
  account,
  system,
  behindFirewall,
  expectedFaults,
}) => {
  expectedFaults.push(/^400 POST .*trial/)
  const id = await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank' }))
  const mappingId = await account.map('old', `${behindFirewall}/*`, id)
  await page.goto(account.path(`certificates/${id}`))
  await page.getByLabel('Url of the target').fill(`${behindFirewall}/token`)
  const groups = page.getByLabel('Groups')
  await expect(groups, 'folded away').toBeHidden()
  await page.getByRole('button', { name: 'Call the target' }).click()
  const result = page.getByRole('status', { name: 'Result of the call' })
  await expect(result).toContainText('Old firewalls and load balancers drop a modern handshake')
  await expectNoAxeViolations(page)
  for (const width of widths) await expectFits(page, width)
  await result.getByRole('button', { name: 'Offer at most TLS 1.2 and call again' }).click()
  await expect(result).toBeFocused()
  const stations = page.getByRole('list', { name: 'Stations' })
  await expect(stations).toContainText('Accepted: yes')
  await expect(stations).toContainText('TLS agreed: yes, TLS 1.2')
  await expect(page.getByLabel('Highest version of TLS')).toHaveValue('1.2')
  await expect(page.getByLabel('Groups'), 'unfolded, with what it has now').toBeVisible()
  await page.getByText('As a command').first().click()
  await expectNoAxeViolations(page)
  for (const width of widths) await expectFits(page, width)

  const keep = result.getByRole('button', { name: 'Take these TLS settings into “old”' })
  await keep.click()
  await expectToast(page, 'old has these TLS settings now.')
  await expect(keep).toHaveCount(0)
  expect((await account.api.getMapping({ mappingId })).body.targetTls).toEqual({ maxVersion: '1.2' })
  const call = await account.caller()
  await expect.poll(async () => (await call(`${behindFirewall}/token`).catch(() => undefined))?.status).toBe(200)

  await groups.fill('P-257')
  await page.getByRole('button', { name: 'Call the target' }).click()
  await expect(groups).toBeFocused()
  await expect(groups).toHaveAccessibleDescription(/There are: X25519MLKEM768, /)
})

test('what has helped in the key tester stands in the mapping that follows', async ({
  page,
  account,
  system,
  behindFirewall,
  expectedFaults,
}) => {
  expectedFaults.push(/^422 POST .*p12-test/)
  await page.goto(account.path('certificates/new'))
  await expectPage(page, 'Add a certificate')
  const identity = await system.target.clientCa.issue({ commonName: 'bank' })
  const file = { name: 'bank.p12', mimeType: '', buffer: Buffer.from(makePkcs12({ identity, password })) }
  await page.getByLabel('Certificate file').setInputFiles(file)
  await page.getByLabel('Password of the file').fill(password)
  await page.getByLabel('Password of the file').press('Enter')
  await page.getByLabel('Url of the target').fill(`${behindFirewall}/token`)
  await page.getByRole('button', { name: 'Call the target' }).click()
  const result = page.getByRole('status', { name: 'Result of the call' })
  await result.getByRole('button', { name: 'Offer only X25519 and P-256 and call again' }).click()
  await expect(page.getByRole('list', { name: 'Stations' })).toContainText('Accepted: yes')
  await expectNoAxeViolations(page)
  for (const width of widths) await expectFits(page, width)
  await page.getByRole('button', { name: 'Store' }).click()
  await expect(page.getByLabel('Groups')).toHaveValue('X25519, P-256')
  await expectNoAxeViolations(page)
  await page.getByLabel('Service').selectOption('IDP')
  await page.getByRole('button', { name: 'Map it' }).click()
  await expect(page.getByRole('heading', { name: 'Mapped' })).toBeVisible()
  expect((await account.api.listMappings()).body).toMatchObject([{ targetTls: { groups: ['X25519', 'P-256'] } }])
})
