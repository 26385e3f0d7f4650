import type { ServiceProcess } from '@mtls-gateway/test-kit'
import { type AuthorizationServer, startAuthorizationServer } from '@mtls-gateway/test-kit/authorization-server'
import { expectNoAxeViolations } from './support/accessibility.ts'
import { Answers } from './support/answers.ts'
import { expect, test } from './support/browser-test.ts'
import type { ConsoleSystem } from './support/console-system.ts'
import { expectDisabled, expectFits, expectPage, expectToast, signInBy } from './support/on-the-page.ts'

const commonName = 'tpp-1'

/** A real authorization server, which the gateway trusts. */
function startServer({ target: { serverCa, clientCa } }: ConsoleSystem): Promise<AuthorizationServer> {
  const client = {
    ...{ client_id: commonName, grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
    ...{ token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: `CN=${commonName}` },
    tls_client_certificate_bound_access_tokens: true,
  }
  return startAuthorizationServer({ serverCa, clientCa, clients: [client] })
}

test('the panel of a mapping says what its token endpoint says, over the version in use and over the staged one', async ({
  page,
  account,
  system,
  running,
}) => {
  const server = running.adopt(await startServer(system), (each) => each.close())
  const { clientCa } = system.target
  const identity = await clientCa.issue({ commonName })
  const id = await account.addCertificate('bank', identity)
  const oauth2 = { type: 'oauth2', tokenUrl: server.tokenUrl, clientId: commonName, method: 'tls_client_auth' } as const
  const mapped = { serviceId: 'IDP', certificationId: String(id), url: `${system.target.url}/*`, name: 'payments' }
  const targetAuth = { ...oauth2, scope: 'payments' }
  const { body } = await account.api.createMappings({ body: [{ ...mapped, targetAuth }] })
  const answers = new Answers(page, system.url)
  const panel = page.getByRole('dialog')
  const ask = panel.getByRole('button', { name: 'Get a token now' })
  const askStaged = panel.getByRole('button', { name: 'Get one with the staged version' })
  const said = panel.getByRole('status', { name: 'What the token endpoint said' })
  const command = panel.getByRole('region', { name: 'the command' })
  const expectGood = async () => {
    await expectNoAxeViolations(page)
    for (const width of [320, 390, 768, 1_440]) {
      await expectFits(page, width)
      await page.setViewportSize({ width, height: 800 })
      await expect.poll(() => panel.evaluate((it) => it.scrollWidth - it.clientWidth), `at ${width} px`).toBe(0)
    }
    await page.setViewportSize({ width: 1280, height: 800 })
  }
  const open = () => page.goto(account.path(`mappings/${body[0]?.id}`))
  await open()
  await expectDisabled(askStaged, 'The certificate has no staged version.')
  await ask.press('Enter')
  await expect(said).toContainText('a token that is bound to the presented certificate')
  await expect(said).toContainText(`Certificate shown${identity.fingerprintSha256}`)
  await expect(said).toContainText(/Answer200, after \d+ ms/)
  await expect(said).toContainText('Lifetime3600 seconds')
  await expect(said).toContainText('Scopepayments')
  await expect(said).toContainText('Bound tothe presented certificate')
  await panel.getByText('As a command').first().click()
  await expect(command).toHaveText('mtls token payments')
  await expectGood()
  expect(await answers.containing('eyJ'), 'no token comes to the page').toEqual([])

  await panel.getByLabel('Scope').fill('accounts')
  await expectDisabled(ask, /^Save your changes first/)
  await panel.getByRole('button', { name: 'Save', exact: true }).click()
  await expectToast(page, 'payments is saved.')

  const next = await clientCa.issue({ commonName: 'another' })
  await account.stage(id, next)
  await open()
  await askStaged.click()
  await expect(said.getByRole('alert')).toContainText('TOKEN_ENDPOINT_CLIENT_REFUSED')
  await expect(said).toContainText('401 invalid_client')
  await expect(said).toContainText(next.fingerprintSha256)
  await panel.getByText('As a command').first().click()
  await expect(command).toHaveText('mtls token payments --staged')
  await expectGood()
})

test('a forwarder that does not answer is said, and a console that knows none says the command', async ({
  page,
  account,
  system,
  expectedFaults,
}) => {
  expectedFaults.push(/^503 POST .*token/)
  const id = await account.addCertificate('bank', await system.target.clientCa.issue({ commonName }))
  const oauth2 = { type: 'oauth2', tokenUrl: 'https://auth.bank.example/token', clientId: commonName } as const
  const mapped = { serviceId: 'IDP', certificationId: String(id), url: 'https://bank.example/*', name: 'my bank' }
  const { body } = await account.api.createMappings({
    body: [{ ...mapped, targetAuth: { ...oauth2, method: 'tls_client_auth' } }],
  })
  const path = account.path(`mappings/${body[0]?.id}`)
  const panel = page.getByRole('dialog')
  const open = async (console: ServiceProcess) => {
    await signInBy(page, await account.signInLink(undefined, console.url))
    await expectPage(page, 'Overview')
    await page.goto(console.url + path)
  }
  const without = await system.startConsole()
  await open(without)
  await expect(panel.getByRole('region', { name: 'the command for a token' })).toHaveText("mtls token 'my bank'")
  await expect(panel.getByRole('button', { name: 'Get a token now' })).toHaveCount(0)
  await expectNoAxeViolations(page)
  for (const width of [320, 390, 1_440]) await expectFits(page, width)

  await without.stop()

  const nobody = await system.startConsole({ FORWARDER_API_URL: 'http://127.0.0.1:9' })
  await open(nobody)
  await panel.getByRole('button', { name: 'Get a token now' }).click()
  const said = panel.getByRole('status', { name: 'What the token endpoint said' })
  await expect(said.getByRole('alert')).toContainText('FORWARDER_API_UNAVAILABLE')
  await expectNoAxeViolations(page)
  await nobody.stop()
})
