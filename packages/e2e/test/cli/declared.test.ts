import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createCa } from '@mtls-gateway/test-kit'
import { loggedIn } from '../support/cli-login.ts'
import type { CliUser } from '../support/cli-user.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import type { Tenant } from '../support/tenant.ts'

describe('an account in a file', () => {
  let system: SharedSystem
  let tenant: Tenant
  let user: CliUser
  let ca: Awaited<ReturnType<typeof createCa>>

  beforeAll(async () => {
    system = await sharedSystem()
    ca = await createCa({ name: 'Bank CA' })
  })

  afterAll(() => system?.stop())

  beforeEach(async () => {
    tenant = await system.newTenant()
    user = (await loggedIn(system, tenant)).user
    await tenant.saveCertificate('uploaded', await ca.issue({ commonName: 'client' }))
    await user.file('bank-ca.pem', ca.certificate)
  })

  const document = [
    'certificates:',
    '  uploaded: {}',
    '  made: { plan: { profile: local, promote: eachTarget }, request: { subject: { commonName: client.example }, keyType: EC-P256 } }',
    'trusts:',
    '  bank-ca: { caCertificates: !file bank-ca.pem }',
    'mappings:',
    '  token: { service: IDP, url: https://bank.example/token, certificate: uploaded, trust: bank-ca }',
    '  api.v1:',
    '    service: IDP',
    '    url: https://bank.example/v1/*',
    '    certificate: made',
    '    targetAuth: { type: headers, headers: [{ name: X-Key, secret: { env: BANK_KEY } }] }',
    'settings: { unmappedCalls: refuse }',
    '',
  ].join('\n')
  const env = { BANK_KEY: 'canary-key' }

  it('is compared, applied in one change, exported, and then there is nothing to do', async () => {
    await user.file('account.yaml', document)
    const before = await user.mtls(['diff', '-f', 'account.yaml'], { env })
    expect(before).toMatchObject({ code: 2, stderr: '' })
    expect(before.stdout).toMatch(/^create certificate "made"$/m)
    expect(before.stdout).toMatch(
      /^create mapping "token"\n(?: {2}.*\n)* {2}url\n {4}\+ https:\/\/bank\.example\/token$/m,
    )
    expect(before.stdout).toMatch(/^update settings "settings"\n {2}unmappedCalls\n {4}- plain\n {4}\+ refuse$/m)
    expect(await user.done(['mappings', 'list'])).toBe('There is no mapping.\n')

    expect(await user.mtls(['apply', '-f', 'account.yaml'], { env })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Add --yes'),
    })
    const applied = await user.done(['apply', '-f', 'account.yaml', '--yes'], { env })
    expect(applied).toMatch(/^Applied to the account \S+: revision \d+\.$/m)
    expect(await user.done(['diff', '-f', 'account.yaml', '--prune'], { env })).toMatch(/^Nothing to do\./)
    const changes: { action: string }[] = JSON.parse(await user.done(['audit', '--json', '--action', 'document.*']))
    expect(changes).toHaveLength(1)

    const exported = await user.done(['export'])
    expect(exported).toMatch(/^ {2}api\.v1:\n {4}service: IDP\n {4}url: https:\/\/bank\.example\/v1\/\*$/m)
    await user.file('exported.yaml', exported)
    expect(await user.done(['diff', '-f', 'exported.yaml'])).toMatch(/^Nothing to do\./)
    expect(user.written + (await system.readOutput())).not.toContain('canary-key')
  })

  it('shows what somebody else has changed, and has it changed back', async () => {
    await user.file('account.yaml', document)
    await user.done(['apply', '-f', 'account.yaml', '--yes'], { env })
    await user.done(['mappings', 'edit', 'token', '--url', 'https://other.example/token'])
    const drift = await user.mtls(['diff', '-f', 'account.yaml'], { env })
    const difference = '  url\n    - https://other.example/token\n    + https://bank.example/token'
    expect(drift).toMatchObject({ code: 2, stdout: expect.stringContaining(`update mapping "token"\n${difference}\n`) })
    await user.done(['apply', '-f', 'account.yaml', '--yes'], { env })
    expect(await user.done(['mappings', 'show', 'token'])).toMatch(/^url +https:\/\/bank\.example\/token$/m)
  })

  it('renames, and deletes only what it has made, and only if it is asked to', async () => {
    await user.done(['map', 'uploaded', '--service-name', 'IDP', '--url', 'https://own.example/', '--name', 'own'])
    await user.file('account.yaml', document)
    await user.done(['apply', '-f', 'account.yaml', '--yes', '--source', 'payments'], { env })
    const smaller = [
      'mappings:',
      '  renamed: { was: token, url: https://bank.example/token }',
      '  api.v1: { url: https://bank.example/v1/* }',
      'certificates: { made: {} }',
    ].join('\n')
    await user.file('smaller.yaml', smaller)
    const kept = await user.mtls(['diff', '-f', 'smaller.yaml', '--source', 'payments'])
    expect(kept).toMatchObject({ code: 2, stdout: expect.not.stringMatching(/^delete/m) })
    expect(kept.stdout).toMatch(/^rename mapping "renamed"/m)
    await user.done(['apply', '-f', 'smaller.yaml', '--yes', '--source', 'payments'])
    await user.file('none.yaml', 'certificates: { made: {} }\n')
    expect(await user.done(['diff', '-f', 'none.yaml', '--prune', '--source', 'other'])).toMatch(/^Nothing to do\./)
    await user.done(['apply', '-f', 'none.yaml', '--prune', '--yes', '--source', 'payments'])
    const left: { name: string }[] = JSON.parse(await user.done(['mappings', 'list', '--json']))
    expect(left.map(({ name }) => name)).toEqual(['own'])
  })

  it('is refused with each fault and its line, and nothing of it is applied', async () => {
    const faulty = [
      'mappings:',
      '  one: { service: IDP, url: http://bank.example/, certificate: uploaded }',
      '  two:',
      '    service: IDP',
      '    urk: 1',
      '    targetTls: { minVersion: "1.2", maxVersoin: "1.3" }',
      '  three: { service: IDP, url: https://bank.example/3, certificate: uploaded, enable: true }',
      'trusts: { bank-ca: { caCertificates: !file none.pem } }',
    ].join('\n')
    await user.file('account.yaml', faulty)
    const { code, stdout, stderr } = await user.mtls(['apply', '-f', 'account.yaml', '--yes'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^account\.yaml:2 mappings\.one\.url: /m)
    expect(stderr).toMatch(/^account\.yaml:5 mappings\.two\.urk: A document has no such field\.$/m)
    expect(stderr).toMatch(/^account\.yaml:6 mappings\.two\.targetTls\.maxVersoin: A document has no such field\.$/m)
    expect(stderr).toMatch(/^account\.yaml:8 trusts\.bank-ca\.caCertificates: .*There is no such file\.$/m)
    expect(await user.done(['mappings', 'list'])).toBe('There is no mapping.\n')
  })

  const certificate = 'uploaded.crt'
  const target = { host: 'bank.example', port: 443, protocol: 'https' }
  const kong = { _format_version: '3.0', certificates: [{ id: 'c1', tags: ['uploaded'] }], services: [{}] }
  kong.services = [{ name: 'bank', ...target, path: '/token', client_certificate: 'c1' }]
  const socket_address = { address: target.host, port_value: target.port }
  const tls_certificates = [{ certificate_chain: { filename: certificate } }]
  const tls = { '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext' }
  const cluster = {
    name: 'bank',
    load_assignment: { endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address } } }] }] },
    transport_socket: { typed_config: { ...tls, sni: target.host, common_tls_context: { tls_certificates } } },
  }
  it.each([
    [
      ['import', 'nginx'],
      `http { server { location /token { proxy_pass https://${target.host}; proxy_ssl_certificate ${certificate}; } } }`,
    ],
    [['import', 'kong'], JSON.stringify(kong)],
    [['import', 'envoy'], JSON.stringify({ static_resources: { clusters: [cluster] } })],
  ])('is made by mtls %j of what another proxy has, and applied', async (words, configuration) => {
    await user.file('configuration', configuration)
    const { stdout, stderr, code } = await user.mtls([...words, 'configuration'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) })
    const [, name = ''] = /^certificates:\n {2}(\S+): \{\}$/m.exec(stdout) ?? []
    await user.file('account.yaml', stdout.replaceAll(` ${name}`, ' uploaded'))
    await user.done(['apply', '-f', 'account.yaml', '--yes'])
    expect(await user.done(['mappings', 'list', '--csv'])).toContain(`https://${target.host}/`)
  })

  it('says what needs a second person, and waits for one to change that', async () => {
    const rule = (days: number) => `settings: { approvals: { actions: [promote], expiresAfter: ${days}d } }\n`
    await user.file('account.yaml', rule(3))
    await user.done(['apply', '-f', 'account.yaml', '--yes'])
    await user.file('exported.yaml', await user.done(['export']))
    expect(await user.done(['diff', '-f', 'exported.yaml'])).toMatch(/^Nothing to do\./)
    await user.file('account.yaml', rule(5))
    const differing = await user.mtls(['diff', '-f', 'account.yaml'])
    const told = expect.stringMatching(/^Applying this needs the approval of another person \(approvals\)\.$/m)
    expect(differing).toMatchObject({ code: 2, stdout: told })
    const waiting = await user.mtls(['apply', '-f', 'account.yaml', '--yes'])
    expect(waiting).toMatchObject({
      code: 4,
      stdout: expect.stringMatching(/^update settings "settings"\n {2}approvals\.expiresAfter\n {4}- 3d\n {4}\+ 5d$/m),
      stderr: expect.stringMatching(/^Not done yet: document\.apply needs the approval of another person/),
    })
    expect(await user.done(['settings', 'show'])).toMatch(/^requests expire +after 3d$/m)
  })

  it('has a schema for editors', async () => {
    expect(JSON.parse(await user.done(['schema']))).toHaveProperty('$defs')
  })

  it('of another account says so', async () => {
    await user.file('account.yaml', 'account: another\n')
    const refused = await user.mtls(['diff', '-f', 'account.yaml'])
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/^account\.yaml:1 account: /m) })
  })
})
