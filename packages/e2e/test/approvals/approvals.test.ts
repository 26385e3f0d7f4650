import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ApprovalRequest, configApi } from '@mtls-gateway/contract'
import { type ApiClient, createCa, type IssuedCertificate } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { leaksOf } from '../support/leaks.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { certificateEntry, mustBe, newInvitation, type Tenant } from '../support/tenant.ts'
import { allScopes, type Certificate, type Mapping } from '../support/wire.ts'

interface Waiting {
  readonly approval: ApprovalRequest
  readonly answer?: Readonly<Record<string, unknown>>
}
type Call = readonly [method: string, below: string, body?: unknown]

const actions = ['promote', 'target-host', 'target-credentials', 'app-key-forward', 'invite-admin']

let system: SharedSystem
let identity: IssuedCertificate
let next: IssuedCertificate
/** Persons, by the subject of their token, for one account each time. */
let person: (account: string, subject: string, scopes?: readonly string[]) => Promise<ApiClient>
let operator: ApiClient

beforeAll(async () => {
  system = await sharedSystem()
  const ca = await createCa()
  identity = await ca.issue({ commonName: 'client' })
  next = await ca.issue({ commonName: 'client' })
  person = async (account, subject, scopes = allScopes) =>
    system.toConfigApi({ bearer: await system.token([account], scopes, subject) })
  operator = system.toConfigApi({ bearer: await system.token(['*'], allScopes, 'operator') })
})

afterAll(() => system?.stop())

interface Scene {
  readonly tenant: Tenant
  readonly alice: ApiClient
  readonly bob: ApiClient
  readonly certificate: Certificate
  readonly mapping: Mapping
  /** One that does not sign yet, for what a mapping is signed with. */
  readonly signingKey: string
}

/** A certificate with one mapping, from before the account wanted a second person. */
async function scene(rule: object = { actions }): Promise<Scene> {
  const tenant = await system.newTenant()
  const [alice, bob] = [await person(tenant.id, 'alice'), await person(tenant.id, 'bob')]
  const { certificate, mapping } = await tenant.onboard(identity, 'https://bank.example/')
  mustBe(
    201,
    await alice.json('POST', tenant.path(`certificates/${certificate.id}/staged`), certificateEntry('c1', next)),
  )
  const use = 'message-signature'
  const [, { kid: signingKey }] = [await tenant.newSigningKey({ use }), await tenant.newSigningKey({ use })]
  const messageSignature = { scheme: 'rfc9421', signingKey: true }
  mustBe(200, await alice.json('PUT', tenant.path(`mappings/${mapping.id}`), { messageSignature }))
  mustBe(200, await alice.json('PUT', tenant.path('settings'), { approvals: rule }))
  return { tenant, alice, bob, certificate, mapping, signingKey }
}

async function ask(client: ApiClient, tenant: Tenant, [method, below, body]: Call, headers = {}): Promise<Waiting> {
  const answer = await client.json<Waiting>(method, tenant.path(below), body, headers)
  mustBe(202, answer)
  return answer.body
}

const newHost = (certificate: Certificate, name = 'new', host = 'new.example'): Call => [
  'POST',
  'mappings',
  [{ certificationId: certificate.id, serviceId: 'IDP', url: `https://${host}/`, name, enable: true }],
]
const decide = (client: ApiClient, { id }: Tenant, approval: string, verb = 'approve', body: object = {}) =>
  client.json<ApprovalRequest>('POST', `/mtls/account/${id}/approvals/${approval}/${verb}`, body)
const get = (client: ApiClient, tenant: Tenant, approval: string) =>
  client.json<ApprovalRequest>('GET', tenant.path(`approvals/${approval}`))

const waiting = configApi.operations.createMappings?.answers[202]?.description
/** What is asked for by each operation. */
const asked: Readonly<Record<string, (scene: Scene) => Call>> = {
  createMappings: ({ certificate }) => newHost(certificate),
  updateMappings: ({ mapping }) => ['PUT', 'mappings', [{ id: mapping.id, url: 'https://other.example/' }]],
  updateMapping: ({ mapping }) => [
    'PUT',
    `mappings/${mapping.id}`,
    { targetAuth: { type: 'headers', headers: [{ name: 'x-key', secret: 'for the target' }] } },
  ],
  replaceCertificates: ({ certificate }) => [
    'PUT',
    'certificates',
    [{ ...certificateEntry('c1', next), id: certificate.id }],
  ],
  promoteStaged: ({ certificate }) => ['POST', `certificates/${certificate.id}/staged/promote`],
  createAppKey: () => ['POST', 'app-keys', { label: 'billing', scopes: ['forward'] }],
  createInvitation: () => ['POST', 'invitations', newInvitation()],
  activateCertificate: ({ certificate }) => [
    'POST',
    `certificates/activate/${certificate.id}`,
    { serviceName: 'IDP', url: 'https://activated.example/' },
  ],
  activateSigningKey: ({ signingKey }) => ['POST', `signing-keys/${signingKey}/activate`],
  changeSettings: () => ['PUT', 'settings', { approvals: null }],
  applyDocument: () => [
    'PUT',
    'document',
    { mappings: { declared: { service: 'IDP', url: 'https://declared.example/', certificate: 'c1' } } },
  ],
}

describe('a change that needs a second person', () => {
  it.each(Object.entries(asked))('%s: waits, is seen, and is made by the word of another', async (_, call) => {
    const all = await scene()
    const { tenant, alice, bob } = all
    const before = await contents(tenant)
    const { approval } = await ask(alice, tenant, call(all))
    expect(approval).toMatchObject({ state: 'open', mine: true, requestedBy: expect.stringContaining('alice') })
    expect(approval.changes?.length).toBeGreaterThan(0)
    expect(await contents(tenant)).toEqual(before)
    expectProblem(await decide(alice, tenant, approval.id), 403, 'APPROVAL_OWN')
    expect((await get(bob, tenant, approval.id)).body).toEqual({ ...approval, mine: false })
    const done = await decide(bob, tenant, approval.id, 'approve', { reason: 'As agreed' })
    const decided = { state: 'approved', decidedBy: expect.stringContaining('bob'), reason: 'As agreed' }
    expect(done).toMatchObject({ status: 200, body: decided })
    expect(await contents(tenant)).not.toEqual(before)
    expectProblem(await decide(bob, tenant, approval.id), 409, 'APPROVAL_CLOSED')
    const { body: changes } = await alice.json<{ action: string; subjects: string[] }[]>('GET', tenant.path('audit'))
    expect(changes[0]).toMatchObject({
      action: 'approvals.approve',
      subjects: expect.arrayContaining([`${approval.id} ${approval.operation}`]),
    })
    expect(changes[1]).toMatchObject({ action: 'approvals.request' })
  })

  /** As people see it: settings, and what lists have. */
  async function contents(tenant: Tenant) {
    const lists = ['certificates', 'mappings', 'app-keys', 'invitations', 'signing-keys', 'settings']
    return Promise.all(lists.map(async (below) => (await tenant.api.json('GET', tenant.path(below))).body))
  }

  it('shows a secret once, before it works, and never again', async () => {
    const { tenant, alice, bob } = await scene()
    const { approval, answer } = await ask(alice, tenant, [
      'POST',
      'app-keys',
      { label: 'billing', scopes: ['forward', 'mtls:read'] },
    ])
    const { appKey, appSecret } = answer as { appKey: string; appSecret: string }
    const caller = system.toConfigApi({ oauth1: { appKey, appSecret } })
    const list = () => caller.json('GET', tenant.path('mappings'))
    expect((await list()).status).toBe(401)
    mustBe(200, await decide(bob, tenant, approval.id))
    expect((await eventually(list, ({ status }) => status === 200)).status).toBe(200)

    const invited = await ask(alice, tenant, ['POST', 'invitations', newInvitation()])
    const { code } = invited.answer as { code: string }
    mustBe(200, await decide(bob, tenant, invited.approval.id))
    expect((await tenant.redeem({ code })).accountId).toBe(tenant.id)
    const secret = randomBytes(24).toString('base64url')
    const targetAuth = { type: 'headers', headers: [{ name: 'x-key', secret }] }
    const { body: mappings } = await alice.json<Mapping[]>('GET', tenant.path('mappings'))
    const auth = await ask(alice, tenant, ['PUT', `mappings/${mappings[0]?.id}`, { targetAuth }])
    const shown = {
      requests: JSON.stringify([
        (await alice.json('GET', tenant.path('approvals'))).body,
        auth,
        approval,
        invited.approval,
      ]),
      one: JSON.stringify((await get(bob, tenant, auth.approval.id)).body),
      audit: JSON.stringify((await alice.json('GET', tenant.path('audit'))).body),
      services: await system.readOutput(),
    }
    expect(leaksOf({ appSecret, secret, code: code.slice(-40) }, shown)).toEqual([])
  })

  it('shows it with an Idempotency-Key, too, and not to whoever repeats that', async () => {
    const { tenant, alice } = await scene()
    const key: Call = ['POST', 'app-keys', { label: 'billing', scopes: ['forward'] }]
    const headers = { 'Idempotency-Key': 'once' }
    const first = await ask(alice, tenant, key, headers)
    expect(first.answer).toMatchObject({ appSecret: expect.any(String) })
    expect(first.approval.changes).toMatchObject([{ action: 'create', kind: 'appKey' }])
    const again = await ask(alice, tenant, key, headers)
    expect(again).not.toHaveProperty('answer')
    expect(again.approval.id).toBe(first.approval.id)
  })

  it('is asked for once by whoever repeats it, and answered as it stands with the same Idempotency-Key', async () => {
    const { tenant, alice, bob, certificate } = await scene()
    const headers = { 'Idempotency-Key': 'once' }
    const first = await ask(alice, tenant, newHost(certificate), headers)
    expect((await ask(alice, tenant, newHost(certificate), headers)).approval).toMatchObject({
      id: first.approval.id,
      state: 'open',
    })
    expect((await ask(alice, tenant, newHost(certificate))).approval.id).toBe(first.approval.id)
    mustBe(200, await decide(bob, tenant, first.approval.id))
    expect((await ask(alice, tenant, newHost(certificate), headers)).approval).toMatchObject({
      id: first.approval.id,
      state: 'approved',
    })
    expectProblem(
      await alice.json('POST', tenant.path('mappings'), newHost(certificate, 'other')[2], headers),
      422,
      'IDEMPOTENCY_KEY_REUSED',
    )
    const { body } = await alice.json<Mapping[]>('GET', tenant.path('mappings'))
    expect(body).toHaveLength(2)
    // The word of a second person can be repeated as well.
    const request = await ask(alice, tenant, newHost(certificate, 'another', 'another.example'))
    const word = () =>
      bob.json('POST', tenant.path(`approvals/${request.approval.id}/approve`), {}, { 'Idempotency-Key': 'word' })
    const [one, two] = [await word(), await word()]
    expect(two).toMatchObject({ status: 200, body: { id: request.approval.id, state: 'approved' } })
    expect(one.status).toBe(200)
  })

  it('is asked for once with the same secret, and with another one again', async () => {
    const { tenant, alice, bob, mapping } = await scene()
    const withSecret = (secret: string): Call => [
      'PUT',
      `mappings/${mapping.id}`,
      { targetAuth: { type: 'headers', headers: [{ name: 'x-key', secret }] } },
    ]
    const first = await ask(alice, tenant, withSecret('one'))
    expect((await ask(alice, tenant, withSecret('one'))).approval.id).toBe(first.approval.id)
    expect((await ask(alice, tenant, withSecret('other'))).approval.id).not.toBe(first.approval.id)
    mustBe(200, await decide(bob, tenant, first.approval.id))
    const { body } = await alice.json<Mapping>('GET', tenant.path(`mappings/${mapping.id}`))
    expect(body).toMatchObject({ targetAuth: { headers: [{ name: 'x-key', hasSecret: true }] } })
  })

  it('is refused before anybody is asked where it is wrong, or comes too late', async () => {
    const { tenant, alice, certificate, mapping } = await scene()
    expectProblem(
      await alice.json('POST', tenant.path('mappings'), newHost(certificate, mapping.name)[2]),
      409,
      'MAPPING_NAME_TAKEN',
    )
    const stale = { 'If-Match': '"1"' }
    expectProblem(
      await alice.json('POST', tenant.path('mappings'), newHost(certificate)[2], stale),
      412,
      'PRECONDITION_FAILED',
    )
    expect((await alice.json('GET', tenant.path('approvals'))).body).toEqual([])
  })

  it('goes back without anybody', async () => {
    const { tenant, alice, bob, certificate } = await scene()
    const { approval } = await ask(alice, tenant, ['POST', `certificates/${certificate.id}/staged/promote`])
    mustBe(200, await decide(bob, tenant, approval.id))
    mustBe(200, await alice.json('POST', tenant.path(`certificates/${certificate.id}/rollback`)))
    await ask(alice, tenant, ['POST', `certificates/${certificate.id}/rollback`])
  })
})

describe('nobody approves alone', () => {
  it('by an app key or invitation of their own, and neither of these approves', async () => {
    const { tenant, alice, bob, certificate } = await scene()
    const made = await alice.json<{ appKey: string; appSecret: string }>('POST', tenant.path('app-keys'), {
      label: 'robot',
      scopes: ['mtls:read', 'mtls:write'],
    })
    mustBe(201, made)
    const robot = system.toConfigApi({ oauth1: made.body })
    const invited = await alice.json<{ code: string; id: string }>(
      'POST',
      tenant.path('invitations'),
      newInvitation({ scopes: ['mtls:read', 'mtls:write'] }),
    )
    mustBe(201, invited)
    const guest = system.toConfigApi({ bearer: (await tenant.redeem(invited.body)).token })
    for (const [index, asker] of [robot, guest].entries()) {
      const { approval } = await ask(asker, tenant, newHost(certificate, `n${index}`, `n${index}.example`))
      expectProblem(await decide(alice, tenant, approval.id), 403, 'APPROVAL_OWN')
      for (const other of [robot, guest]) {
        const refused = await decide(other, tenant, approval.id)
        // They do not see what others have asked for.
        if (other === asker) expectProblem(refused, 403, 'APPROVAL_NOT_ALLOWED')
        else expectProblem(refused, 404, 'APPROVAL_NOT_FOUND')
      }
      mustBe(200, await decide(bob, tenant, approval.id))
    }
    const { approval } = await ask(guest, tenant, newHost(certificate, 'late', 'late.example'))
    mustBe(200, await alice.json('DELETE', tenant.path(`invitations/${invited.body.id}`)))
    expect((await get(bob, tenant, approval.id)).body.state).toBe('outdated')
    expectProblem(await decide(bob, tenant, approval.id), 409, 'APPROVAL_OUTDATED')
  })

  it('but the approvers that the account names', async () => {
    const issuerOf = async ({ tenant, alice }: Pick<Scene, 'tenant' | 'alice'>) => {
      const { body } = await alice.json<{ actor: string }[]>('GET', tenant.path('audit?limit=1'))
      return body[0]?.actor.split('#')[0]
    }
    const issuer = await issuerOf(await scene())
    const { tenant, alice, bob, certificate } = await scene({ actions, approvers: [`${issuer}#erin`] })
    const { approval } = await ask(alice, tenant, newHost(certificate))
    expect(approval.approvers).toEqual([`${issuer}#erin`])
    expectProblem(await decide(bob, tenant, approval.id), 403, 'APPROVAL_NOT_ALLOWED')
    const erin = await person(tenant.id, 'erin', ['mtls:read'])
    mustBe(200, await decide(erin, tenant, approval.id))
  })

  it('after they have made somebody else an approver, or themselves', async () => {
    const { tenant, alice, bob } = await scene()
    const { approval } = await ask(alice, tenant, [
      'PUT',
      'settings',
      { approvals: { actions, approvers: ['mallory'] } },
    ])
    expect(approval.actions).toEqual(['approvals'])
    expectProblem(await decide(alice, tenant, approval.id), 403, 'APPROVAL_OWN')
    const approvals = { actions, approvers: null, scope: 'mtls:admin', expiresAfter: '3d' }
    const { body } = await bob.json('GET', tenant.path('settings'))
    expect(body).toMatchObject({ approvals })
    // What was read may be sent back, and changes nothing.
    expect(await bob.json('PUT', tenant.path('settings'), { approvals })).toMatchObject({ status: 200, body })
  })

  it('what has changed since it was asked for, and one of two approvers is too late', async () => {
    const { tenant, alice, bob, certificate, mapping } = await scene()
    const moved = await ask(alice, tenant, ['PUT', `mappings/${mapping.id}`, { url: 'https://other.example/' }])
    const added = await ask(alice, tenant, newHost(certificate))
    mustBe(200, await alice.json('PUT', tenant.path(`mappings/${mapping.id}`), { name: 'renamed' }))
    expectProblem(await decide(bob, tenant, moved.approval.id), 409, 'APPROVAL_OUTDATED')
    const erin = await person(tenant.id, 'erin')
    const both = await Promise.all([decide(bob, tenant, added.approval.id), decide(erin, tenant, added.approval.id)])
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409])
  })
})

describe('a request', () => {
  it('is refused by approvers and withdrawn by whoever has asked', async () => {
    const { tenant, alice, bob, certificate } = await scene()
    const [first, second] = [
      await ask(alice, tenant, newHost(certificate)),
      await ask(alice, tenant, newHost(certificate, 'b', 'b.example')),
    ]
    const refused = await decide(bob, tenant, first.approval.id, 'refuse', { reason: 'Not now' })
    expect(refused).toMatchObject({ status: 200, body: { state: 'refused', reason: 'Not now' } })
    mustBe(200, await decide(alice, tenant, second.approval.id, 'refuse'))
    expectProblem(await decide(bob, tenant, second.approval.id), 409, 'APPROVAL_CLOSED')
    const { body, headers } = await bob.json<ApprovalRequest[]>('GET', tenant.path('approvals?state=refused&limit=1'))
    expect(body).toHaveLength(1)
    expect(headers['x-total-count']).toBe('2')
    const { body: open } = await bob.json('GET', tenant.path('approvals?state=open'))
    expect(open).toEqual([])
  })

  it('is one of ten of whoever asks, which leaves room for others', async () => {
    const { tenant, bob, certificate } = await scene()
    const carol = await person(tenant.id, 'carol')
    const robot = system.toConfigApi({ oauth1: await tenant.newAppKey(['mtls:read', 'mtls:write']) })
    const another = (n: number) => newHost(certificate, `n${n}`, `n${n}.example`)
    const first = await ask(robot, tenant, another(0))
    for (let n = 1; n < 10; n++) await ask(robot, tenant, another(n))
    const [method, below, body] = another(10)
    const refused = expectProblem(await robot.json(method, tenant.path(below), body), 409, 'TOO_MANY_APPROVALS')
    expect(refused).toMatchObject({ limit: 10, detail: expect.stringContaining('A person, with all app keys') })
    await ask(carol, tenant, another(10))
    mustBe(200, await decide(bob, tenant, first.approval.id, 'refuse'))
    await ask(robot, tenant, another(11))
  })

  it('of others is not shown to everybody', async () => {
    const { tenant, alice, certificate } = await scene()
    const { approval } = await ask(alice, tenant, newHost(certificate))
    const reader = await person(tenant.id, 'reader', ['mtls:read'])
    expect((await reader.json('GET', tenant.path('approvals'))).body).toEqual([])
    expectProblem(await get(reader, tenant, approval.id), 404, 'APPROVAL_NOT_FOUND')
    expectProblem(await decide(reader, tenant, approval.id), 404, 'APPROVAL_NOT_FOUND')
  })

  it('is approved in an emergency by an operator with a reason, also their own, and loudly', async () => {
    const { tenant, alice, certificate } = await scene()
    const emergency = { emergency: true, reason: 'All calls to the bank fail' }
    const { approval } = await ask(operator, tenant, newHost(certificate))
    expectProblem(await decide(operator, tenant, approval.id), 403, 'APPROVAL_OWN')
    expectProblem(await decide(alice, tenant, approval.id, 'approve', emergency), 403, 'APPROVAL_NOT_ALLOWED')
    expectProblem(
      await decide(operator, tenant, approval.id, 'approve', { ...emergency, reason: 'short' }),
      400,
      'VALIDATION_FAILED',
    )
    const done = await decide(operator, tenant, approval.id, 'approve', emergency)
    expect(done).toMatchObject({ status: 200, body: { state: 'overridden', reason: emergency.reason } })
    const {
      body: [change],
    } = await alice.json<[object]>('GET', tenant.path('audit?limit=1'))
    expect(change).toMatchObject({
      action: 'approvals.override',
      actor: expect.stringContaining('operator'),
      subjects: expect.arrayContaining([`reason: ${emergency.reason}`]),
    })
    const output = await eventually(
      () => system.readOutput(),
      (text) => text.includes('approval-overridden'),
    )
    expect(output).toContain(approval.id)
  })
})

describe('the contract', () => {
  it('has a test of each operation that can wait', () => {
    const waits = Object.values(configApi.operations).filter(({ answers }) => answers[202]?.description === waiting)
    // Domain tests have these: their commands are those of the others.
    const elsewhere = ['deleteMapping', 'replaceCertificateByFile', 'rollBack', 'runPlan']
    expect(waits.map(({ id }) => id).sort()).toEqual([...Object.keys(asked), ...elsewhere].sort())
  })
})
