import { writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { createProgram } from '../src/program.ts'
import { startServer } from './api-server.ts'
import { type Invocation, mtls } from './invocation.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** Colour, title, clearing, a link, C0, C1, DEL, and other directions: what a terminal must not be told by a server. */
const evil =
  '\u001b[31mEVIL\u001b]0;title\u0007\u001b[2J\u001bc\u009b2J\u009d8;;https://evil.example\u009c\r\b\u0007\u007f\u0085\u202eLIVE\u202c\u2066X\u2069'
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const unsafe = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/
/** Those that the commands themselves paint. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
const own = /\u001b\[(?:0|2|31|32|33)m|\r\u001b\[K/g

/** Evil in every text, and in a member that nobody expects. */
function hostile(value: unknown): unknown {
  if (typeof value === 'string') return /^\d{4}-/.test(value) ? value : `${value}${evil}`
  if (Array.isArray(value)) return value.map(hostile)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, member]) => [name, hostile(member)])
  return { ...Object.fromEntries(members), [`member${evil}`]: { [`inner${evil}`]: [evil, { [evil]: evil }] } }
}

const time = '2030-01-01T00:00:00.000Z'
const certificate = {
  id: 7,
  name: 'name',
  status: 'Available',
  expirationDate: time,
  fingerprintSha256: 'ab',
  subject: 'CN=a',
  issuer: 'CN=b',
  keyType: 'EC-P256',
  warnings: ['WEAK'],
  staged: { status: 'Available', expirationDate: time },
  previous: { status: 'Expired', expirationDate: time },
  usage: { calls: 1, lastUsedAt: time },
}
const plan = {
  ...{ profile: 'internal', renewAt: 0.5, test: 'auto', promote: 'auto', rollBack: 'auto', state: 'idle' },
  ...{ next: { step: 'request', at: time }, waitsFor: 'owners', attempts: 2 },
  lastFailure: { step: 'order', code: 'C', sentence: 's', at: time },
}
const mapping = {
  ...{ id: 1, name: 'm', url: 'https://a/', enable: true, serviceId: '1', certificationId: '7' },
  targetTrust: { caCertificates: 'c', trust: 't', spkiPins: ['p'], serverName: 'n' },
  targetTls: { minVersion: '1.2', maxVersion: '1.3', legacyRenegotiation: true, ciphers: ['c'], groups: ['g'] },
  lastCalls: { succeededAt: time, failedAt: time, failureCode: 'C', failuresInARow: 2 },
}
const trust = {
  ...{ name: 't', expiresAt: time, mappings: 1, caCertificates: 'c' },
  certificates: [{ subject: 'CN=b', notAfter: time, fingerprintSha256: 'ab' }],
}
const appKey = {
  appKey: 'le123.k1',
  label: 'l',
  scopes: ['forward'],
  createdAt: time,
  createdBy: 'a',
  expiresAt: time,
  lastUsedAt: time,
}
const signingKey = {
  ...{ kid: 'k1', use: 'client-authentication', algorithm: 'ES256', state: 'active', createdBy: 'a' },
  ...{ jwk: { kty: 'EC', kid: 'k1', x: 'x' }, createdAt: time, activatedAt: time, retiredAt: time },
}
const invitation = {
  ...{
    id: 'i1',
    label: 'l',
    scopes: ['mtls:read'],
    createdAt: time,
    createdBy: 'a',
    expiresAt: time,
    redeemedAt: time,
  },
  ...{ code: 'c', link: 'https://a/', appKeys: [{ appKey: 'le123.k1', label: 'l' }] },
}
const approval = {
  ...{
    id: 'r1',
    state: 'open',
    operation: 'o',
    subjects: ['s'],
    subjectCount: 1,
    actions: ['promote'],
    requestedBy: 'a',
    mine: true,
  },
  ...{ requestedAt: time, expiresAt: time, approvers: ['b'], scope: 'mtls:admin' },
  ...{ decidedBy: 'c', decidedAt: time, reason: 'r' },
  changes: [{ action: 'update', kind: 'mapping', name: 'm', fields: [{ field: 'f', before: 'b', after: ['a'] }] }],
}
const handover = {
  ...{ id: 'h1', label: 'l', note: 'n', createdAt: time, createdBy: 'a', expiresAt: time, openedAt: time },
  ...{ mappings: [{ id: 1, url: 'https://a/', registeredAt: time }], code: 'c', link: 'https://a/' },
}
const version = {
  ...{ fingerprintSha1: 'ab', fingerprintSha256: 'ab', serialNumber: '1', serialNumberDecimal: '1', keyType: 'EC' },
  ...{ subject: 'CN=a', subjectInOrder: 'CN = a', issuer: 'CN=b', issuerInOrder: 'CN = b', publicKeyPin: 'p' },
  ...{ subjectAltNames: ['DNS:a'], notBefore: time, notAfter: time },
  certificates: [{ subject: 'CN=a', isRoot: false, pem: '-----BEGIN CERTIFICATE-----' }],
}
const redeemed = { token: 't', accountId: 'le123', scopes: ['mtls:read'], expiresAt: time, label: 'l' }
const call = {
  ...{ id: 1, at: time, outcome: 'failed', requestId: 'r', method: 'GET', url: 'https://a/', caller: 'le123.k1' },
  ...{ clientAddress: '::1', mappingId: 1, status: 424, code: 'C', transportCode: 'T', ms: 1 },
}
const change = {
  ...{ revision: 1, at: time, actor: 'a', address: '::1', action: 'c' },
  ...{ subjects: ['s'], subjectCount: 2, fields: ['f'] },
}
const report = {
  readBy: 'pkijs',
  container: { cipher: 'aes', mac: 'sha', iterations: 1 },
  keys: [{ type: 'EC', size: 256, curve: 'P-256' }],
  chain: [{ subject: 'CN=a', issuer: 'CN=b', notAfter: time }],
  readableByJava: ['21'],
  problems: [{ severity: 'error', code: 'X', message: 'It is.', fix: 'openssl x' }],
  call: {
    url: 'https://a/',
    status: 200,
    clientCertificate: 'refused',
    explanation: 'e',
    error: { code: 'X', message: 'm' },
    handshake: {
      protocol: 'TLSv1.3',
      clientCertificateRequested: true,
      acceptableIssuers: ['CN=c'],
      chainAcceptable: false,
      alert: { from: 'target', description: 'd' },
    },
  },
}
const probe = {
  ok: true,
  results: [
    {
      url: 'https://a/',
      result: 'failed',
      status: 400,
      clientCertificate: 'refused',
      explanation: 'e',
      mappings: [{ name: 'm' }],
    },
  ],
}
const trial = {
  ...{ status: 403, clientCertificate: 'doubtful', explanation: 'e', error: { code: 'X', message: 'm' } },
  handshake: { protocol: 'TLSv1.3', clientCertificateRequested: true },
  ...{ acceptableIssuers: ['CN=c'], chainAcceptable: false, alert: { from: 'target', description: 'd' } },
}
const tokenTest = {
  ...{ tokenUrl: 'https://a/', presentedCertificate: 'ab', durationMs: 1, explanation: 'e' },
  tokenEndpoint: { status: 400, error: 'e', errorDescription: 'd' },
  token: { type: 'Bearer', lifetimeSeconds: 1, scope: 's', binding: 'none' },
  error: { code: 'X', message: 'm' },
}
const sentCertificate = { subject: 'CN=a', issuer: 'CN=b', notBefore: time, notAfter: time, fingerprintSha256: 'abcd' }
const foundCa = {
  ...{ url: 'https://a/', result: 'found', explanation: 'e', error: { code: 'X', message: 'm' } },
  ...{ ca: { ...sentCertificate, pem: '-----BEGIN CERTIFICATE-----' }, chain: [sentCertificate] },
}
const explanation = {
  ...{ serviceName: 'IDP', serviceId: '1', url: 'https://a/', outcome: 'o', code: 'C', explanation: 'e' },
  ...{ matchedBy: 'exact', mapping, certificate, nearMisses: [{ differences: ['case'], mapping }] },
  targetAccess: { verdict: 'refused', code: 'C', explanation: 'e' },
}
const details = {
  subjectAltNames: ['DNS:a.example'],
  keyUsage: ['digitalSignature'],
  extendedKeyUsage: ['clientAuth'],
  chain: [{ subject: 'CN=a', issuer: 'CN=b', notAfter: time, fingerprintSha256: 'ab' }],
}
const caller = {
  subject: 's',
  kind: 'bearer',
  accounts: ['le123'],
  scopes: ['mtls:read'],
  services: ['IDP'],
  expiresAt: time,
}
const tokenRule = {
  when: [{ claim: ['sub'], matches: 'a*' }],
  accounts: ['le123'],
  scopes: ['forward'],
  services: ['IDP'],
}
const claims = { when: [], accountsClaim: ['accounts'], scopeClaim: ['scope'] }
const keys = { from: 'url', url: 'https://a/', fetchedAt: time, fault: 'f' }
const issuer = { issuer: 'i', trustDomain: 'd', audience: ['a'], algorithms: ['RS256'], type: 'at+jwt', keys }
const tokenIssuers = {
  issuers: [{ ...issuer, rules: [tokenRule, claims] }],
  fileFault: 'f',
  otherTokens: 'refused',
}
const notice = { id: 'i1', channel: 'webhook', to: 'https://a/...', events: ['e'], shares: [0.1], secret: 's' }
const counts = { certificates: 1, revoked: 0, mappings: 0 }
const summary = {
  ...counts,
  issuers: [{ issuer: 'CN=b', ...counts }],
  ...{
    keyTypes: [{ keyType: 'k', ...counts }],
    plans: [{ plan: 'p', ...counts }],
    months: [{ month: 'm', ...counts }],
  },
}
const changes = ['create', 'update', 'rename', 'delete', 'settings'].map((action) => {
  return { action, kind: 'mapping', name: 'm', fields: [{ field: 'url', before: 'https://a/', after: ['https://b/'] }] }
})
const document = {
  account: 'le123',
  certificates: { c: {} },
  mappings: { m: { url: 'https://a/', targetAuth: { type: 'headers', headers: [{ name: 'n', hasSecret: true }] } } },
}
const answers: readonly (readonly [RegExp, unknown])[] = [
  [/^GET .*\/document$/, document],
  [/\/document(\?|$)/, { revision: 1, applied: false, changes, kept: 1, needsApproval: ['promote'] }],
  [/^GET .*\/propagation$/, { complete: true, instances: [{ current: true, instance: 'i' }] }],
  [/^GET .*\/certificates\/7$/, { ...certificate, ...details, staged: { ...certificate.staged, ...details } }],
  [/\/registration-facts$/, { current: version, next: version }],
  [/^GET .*\/handovers/, [handover]],
  [/\/handovers/, handover],
  [/^GET .*\/certificates(\?|$)/, [{ ...certificate, plan }]],
  [/\/certificates\/summary/, summary],
  [/\/certificates\/replace$/, { issuer: 'CN=b', issuedBefore: time, requested: 0, leftToPeople: 1 }],
  [/\/certificates\/csr$|\/staged\/csr$/, { certificate, csr: '-----BEGIN CERTIFICATE REQUEST-----' }],
  [/\/plan(\/run)?$/, plan],
  [/\/certificates\/issue$/, { certificate, plan }],
  [/\/issuers$/, [{ name: 'n', kind: 'local', description: 'd', keyTypes: ['k'] }]],
  [/\/sources$/, [{ name: 'n', kind: 'folder', description: 'd' }]],
  [/\/staged\/probe$/, probe],
  [/\/certificates\/activate\//, mapping],
  [/\/trial$/, trial],
  [/\/mappings\/1\/token/, tokenTest],
  [/\/target-ca$/, foundCa],
  [/\/certificates$/, { successfulySavedCertificates: [certificate], failedSaveToVaultCertificates: [] }],
  [/\/certificates\//, certificate],
  [/\/mappings\/explain$/, explanation],
  [/\/mappings(\?|$)/, [mapping]],
  [/\/mappings\/1$/, mapping],
  [/\/trusts$/, [trust]],
  [/\/trusts\//, trust],
  [/^GET .*\/app-keys/, [appKey]],
  [/\/app-keys/, appKey],
  [/^GET .*\/signing-keys/, [signingKey]],
  [/\/signing-keys/, signingKey],
  [/\/mtls\/me$/, caller],
  [/\/token-issuers$/, tokenIssuers],
  [/\/services$/, [{ id: '1', name: 'IDP' }]],
  [/\/webhook\/test$/, { delivered: false, status: 500, code: 'C', explanation: 'e', ms: 1 }],
  [/\/invitations\/redeem$/, redeemed],
  [/^GET .*\/invitations/, [invitation]],
  [/\/invitations/, invitation],
  [/^GET .*\/approvals(\?|$)/, [approval]],
  [/\/approvals/, approval],
  [/\/notices\/i1\/test$/, { delivered: false, status: 500, code: 'C', explanation: 'e', ms: 1 }],
  [
    /\/settings$/,
    { unmappedCalls: 'plain', publishKeys: true, webhook: { url: 'https://a/', secret: 's' }, notices: [notice] },
  ],
  [/\/audit/, [change]],
  [/\/calls/, [call]],
  [/\/mtls\/mapping/, [{ doExist: true, token: { state: 'failed', error: { code: 'X', message: 'm' } } }]],
  [/\/p12-test\//, report],
  [/\/console\/sign-in-codes$/, { code: 'c', expiresAt: time, url: 'https://console.example/sign-in#code=c' }],
  [/./, { forwarded: 'body' }],
]

const link = '<?cursor=EVIL%1b%5b31mEVIL>; rel="next"'
const headers = {
  etag: '"12"',
  link,
  location: `/x${latin1(evil)}`,
  'retry-after': latin1(evil),
  'x-request-id': latin1(evil),
}

/** What can come in a header: its bytes from 0x80 up. */
function latin1(text: string): string {
  return [...text].filter((character) => character >= ' ' && character <= 'ÿ' && character !== '\u007f').join('')
}

function answer(response: ServerResponse): void {
  const asked = `${response.req.method} ${response.req.url}`
  const [, body] = answers.find(([pattern]) => pattern.test(asked)) ?? []
  const status = asked.endsWith('/sign-in-codes') ? 201 : 200
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(hostile(body)))
}

const problem = {
  ...{ code: 'CODE', detail: 'A sentence.', status: 409, instance: 'r-1', title: 'T', type: 'urn:x' },
  problems: report.problems,
  errors: [{ index: 0, field: 'url' }, { nested: { deep: ['x', { deeper: 'y' }] } }],
  accepted: ['bearer'],
}

/** Each change waits for another person. */
function wait(response: ServerResponse): void {
  const { method, url = '' } = response.req
  const isChange = method !== 'GET' && /\/mtls\/account\//.test(url) && !url.includes('/approvals')
  if (!isChange) answer(response)
  else {
    response.writeHead(202, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(hostile({ approval, answer: appKey })))
  }
}

function refuse(answeredBy: Record<string, string>) {
  const type = { 'content-type': 'application/problem+json', ...answeredBy, ...headers }
  return (response: ServerResponse) => response.writeHead(409, type).end(JSON.stringify(hostile(problem)))
}

const service = ['--service-name', 'IDP', '--url', 'https://a/']
/** Each command, with every way in which it shows something. */
const commands: Readonly<Record<string, readonly (readonly string[])[]>> = {
  login: [['--token-file', '{secret}']],
  whoami: [[]],
  services: [[]],
  'token-issuers': [[]],
  test: [['{file}'], ['{file}', '--url', 'https://a/']],
  upload: [['{file}'], ['{file}', '--replace', '7'], ['{file}', '--signed-for', '7'], ['{file}', '--replace', 'other']],
  csr: [
    ['--name', 'n'],
    ['--renew', '7'],
  ],
  map: [['7', ...service, '--name', 'm']],
  activate: [
    ['7', ...service],
    ['no such name', ...service],
  ],
  try: [
    ['7', 'https://a/'],
    ['7', 'https://a/', '--staged'],
  ],
  'target-ca': [['https://a/'], ['https://a/', '--pem'], ['--mapping', '1', '--fingerprint', 'ab']],
  check: [service],
  forward: [service, ['--to', '1', 'a?b'], ['--to', 'no such name']],
  explain: [service],
  token: [['1'], ['no such name', '--staged']],
  expiring: [[]],
  handover: [
    ['7', '--label', 'l'],
    ['7', '--list'],
    ['7', '--revoke', 'h1'],
    ['7', '--output', '{file}.d'],
  ],
  rotate: [
    ['7', '--wait'],
    ['7', '{file}', '--wait'],
    ['7', '--rollback'],
  ],
  issuers: [[], ['--ca', 'internal']],
  sources: [[]],
  issue: [['--name', 'n', '--profile', 'internal']],
  'plan show': [['7'], ['no such name']],
  'plan set': [['7', '--profile', 'internal']],
  'plan remove': [['7']],
  'plan run': [['7']],
  'certificates list': [[], ['--search', 'a', '--status', 'Expired']],
  'certificates summary': [[]],
  'certificates replace': [['--issuer', 'CN=b', '--yes', '--wait']],
  'certificates show': [['7'], ['no such name']],
  'certificates download': [['7']],
  'certificates drop-staged': [['7'], ['7', '--yes']],
  'certificates drop-previous': [['7'], ['7', '--yes']],
  'certificates delete': [['7'], ['7', '--yes']],
  'mappings list': [[], ['--certificate', 'no such name']],
  'mappings show': [['1'], ['no such name']],
  'mappings edit': [['1', '--name', 'n']],
  'mappings enable': [['1']],
  'mappings disable': [['1']],
  'mappings delete': [['1'], ['1', '--yes']],
  'trusts list': [[]],
  'trusts show': [['t'], ['t', '--pem']],
  'trusts set': [['t', '{file}']],
  'trusts delete': [['t', '--yes']],
  'app-keys list': [[]],
  'app-keys create': [['--label', 'l']],
  'app-keys delete': [['le123.k1', '--yes']],
  'invitations list': [[]],
  'invitations create': [['--label', 'l', '--scope', 'mtls:read', '--expires-at', '2030-01-01']],
  'invitations revoke': [['i1']],
  'approvals list': [[]],
  'approvals show': [['r1']],
  'approvals approve': [['r1'], ['r1', '--yes']],
  'approvals refuse': [['r1']],
  'signing-keys list': [[]],
  'signing-keys create': [[]],
  'signing-keys activate': [['k1']],
  'signing-keys delete': [['k1', '--yes']],
  'signing-keys jwks': [[]],
  'settings show': [[]],
  'settings set': [['--webhook', 'https://a/'], ['--rotate-webhook-secret']],
  'notices list': [[]],
  'notices add': [['mail', 'a@b.example']],
  'notices test': [['i1']],
  'notices remove': [['i1', '--yes']],
  export: [[]],
  diff: [['-f', '{document}']],
  apply: [
    ['-f', '{document}', '--dry-run'],
    ['-f', '{document}', '--yes'],
  ],
  'audit list': [[], ['--action', 'c']],
  'audit verify': [[]],
  console: [[]],
  'settings test-webhook': [[]],
  calls: [[], ['--mapping', 'no such name']],
  propagation: [['7'], ['7', '--wait']],
}

function namesOf(group: CommandUnknownOpts): readonly string[] {
  return group.commands.flatMap((command) => {
    const inner = namesOf(command)
    return inner.length === 0 ? [command.name()] : inner.map((name) => `${command.name()} ${name}`)
  })
}

describe('a hostile server', () => {
  let file: string
  let secret: string
  let declared: string
  let environment: NodeJS.ProcessEnv

  beforeEach(async () => {
    const directory = await temporaryDirectory()
    file = join(directory, `client${evil.replaceAll('/', '')}.p12`)
    secret = join(directory, 'secret')
    declared = join(directory, 'account.yaml')
    await writeFile(declared, 'mappings: {}')
    await writeFile(file, 'p12')
    await writeFile(secret, 'token')
    environment = {
      XDG_CONFIG_HOME: directory,
      MTLS_TOKEN: 't',
      MTLS_PASSWORD: 'p',
      MTLS_APP_KEY: 'a.b',
      MTLS_APP_SECRET: 's',
    }
  })

  async function output(url: string, command: string, args: readonly string[], invocation: Invocation) {
    const filled = args.map((arg) =>
      arg.replace('{file}', file).replace('{secret}', secret).replace('{document}', declared),
    )
    const services = ['--account', 'le123', '--config-api', url, '--forwarder-api', url]
    const place = command === 'console' ? ['--console-url', url] : services
    return mtls([...command.split(' '), ...filled, ...place], {
      ...invocation,
      environment: { ...environment, ...invocation.environment },
    })
  }

  it('is tried with every command that talks to one', () => {
    const context = { environment: {}, inputs: {}, output: {}, build: {} }
    // Only the names of its commands are asked for.
    const names = namesOf(createProgram(context as never))
    // The server of mtls logout is an identity provider (sign-in.test.ts), and importers have none.
    const others = ['completion', 'logout', 'schema', 'version', 'import nginx', 'import kong', 'import envoy']
    expect([...Object.keys(commands), ...others].sort()).toEqual(names.toSorted())
  })

  const servers = [
    ['waits for somebody', wait],
    ['answers', answer],
    ['refuses', refuse({})],
    ['refuses in the place of a target', refuse({ 'lp-answered-by': 'gateway' })],
  ] as const
  const cases = Object.entries(commands).flatMap(([command, ways]) => ways.map((args) => [command, args] as const))

  describe.each(servers)('that %s', (_, serve) => {
    it.each(cases)('says nothing to the terminal through mtls %s %j', async (command, args) => {
      const { url } = await startServer(serve)
      const plain = await output(url, command, args, { isTerminal: true, environment: { NO_COLOR: '1' } })
      expect((plain.stdout + plain.stderr).replaceAll('\r\u001b[K', '')).not.toMatch(unsafe)

      const painted = await output(url, command, args, { isTerminal: true })
      expect((painted.stdout + painted.stderr).replaceAll(own, '')).not.toMatch(unsafe)
      expect(painted.stdout + painted.stderr).not.toContain('\u001b[31mEVIL')

      const piped = await output(url, command, args, {})
      // Not because nothing of it is shown.
      if (!['check', 'login', 'audit verify'].includes(command)) expect(plain.stdout + plain.stderr).toContain('EVIL')
      // The body of a forwarded call goes into a pipe byte for byte.
      expect(command === 'forward' ? piped.stderr : piped.stdout + piped.stderr).not.toMatch(unsafe)

      const json = await output(url, command, [...args, '--json'], { isTerminal: true })
      expect((json.stdout + json.stderr).replaceAll('\r\u001b[K', '')).not.toMatch(unsafe)
      // Nothing is lost there: it is written in another way.
      for (const line of json.stdout.split('\n').filter((each) => each.startsWith('{"member'))) {
        expect(JSON.stringify(JSON.parse(line))).toContain(JSON.stringify(evil).slice(1, -1))
      }
    })
  })

  /** `{"a":{"a":…}}`, deeper than whatever walks through it can go. */
  const deep = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`
  const shapes = ['null', '[]', '{}', '"x"', '1', '[null]', '[{"id":{}}]', deep]
  const problems = [
    { problems: [null] },
    { problems: [{ fix: 3 }] },
    { problems: { a: 1 } },
    { errors: [null, 3], accepted: null },
    { instance: {} },
  ].map((members) => JSON.stringify({ code: 'CODE', detail: 'A sentence.', status: 409, ...members }))
  const deepProblem = `{"code":"CODE","detail":"A sentence.","status":409,"more":${deep}}`
  const misshapen = [
    ...shapes.map((text) => [text.slice(0, 40), 200, 'application/json', text] as const),
    ...[...problems, deepProblem].map((text) => [text.slice(0, 70), 409, 'application/problem+json', text] as const),
  ]

  it.each(misshapen)('whose answers are %s ends no command with a stack', async (_, status, type, text) => {
    const { url } = await startServer((response) => response.writeHead(status, { 'content-type': type }).end(text))
    for (const [command, args] of cases.filter(([, each]) => !each.includes('--wait'))) {
      const { exitCode, stderr } = await output(url, command, args, {})
      expect(exitCode).toBeLessThanOrEqual(3)
      if (exitCode === 3) expect(stderr).toMatch(/^There is no ((config|forwarder)-api|console) at /)
    }
  })

  it('that has no ETag is not asked for a change that depends on it', async () => {
    const { url, requests } = await startServer((response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(mapping)),
    )
    const { exitCode, stderr } = await output(url, 'mappings delete', ['1', '--yes'], {})
    expect(exitCode).toBe(3)
    expect(stderr).toContain('its answer has no ETag')
    expect(requests.length).toBe(1)
  })
})
