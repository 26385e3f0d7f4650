import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  ApprovalRequested,
  type ConfigApiClient,
  createConfigApiClient,
  createForwarderApiClient,
  type ForwarderApiClient,
  GatewayProblem,
  gatewayFetch,
} from '@mtls-gateway/client'
import { configApi, type DocumentRequest, forwarderApi } from '@mtls-gateway/contract'
import { type EchoedRequest, type IssuedCertificate, makePkcs12, type TestTarget } from '@mtls-gateway/test-kit'
import { ContractFetch } from '../support/contract-fetch.ts'
import { eventually } from '../support/eventually.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { newAccountId } from '../support/tenant.ts'
import { problemOf } from './problem-of.ts'

const password = 'secret'
const accountId = newAccountId()
const toConfigApi = new ContractFetch(configApi)
const toForwarderApi = new ContractFetch(forwarderApi)

let system: SharedSystem
let target: TestTarget
let client: ConfigApiClient
let forwarder: ForwarderApiClient

beforeAll(async () => {
  system = await sharedSystem()
  target = await system.startTarget()
  const options = { accountId, token: () => system.token([accountId]) }
  client = createConfigApiClient({ ...options, baseUrl: system.configApi.url, fetch: toConfigApi.fetch })
  forwarder = createForwarderApiClient({ ...options, baseUrl: system.forwarderApi.url, fetch: toForwarderApi.fetch })
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

const issue = (commonName: string) => target.clientCa.issue({ commonName })

function p12Of(identity: IssuedCertificate): File {
  return new File([new Uint8Array(makePkcs12({ identity, password }))], 'client.p12')
}

function pemOf({ certificate, chain, privateKey }: IssuedCertificate) {
  return { certificate: certificate + chain.join(''), privateKey }
}

async function upload(name: string, identity: IssuedCertificate) {
  const { body } = await client.createCertificates({ body: [{ name, ...pemOf(identity) }] })
  const [certificate] = body.successfulySavedCertificates
  if (certificate === undefined) throw new Error('nothing was saved')
  return certificate
}

/** An address has a few attempts a second, and all tests have the same. */
async function inTurn<Answer extends object>(ask: () => Promise<Answer>) {
  const outcome = await eventually(
    () => ask().catch((error: unknown) => ({ error })),
    (answer) => !('error' in answer && answer.error instanceof GatewayProblem && answer.error.code === 'RATE_LIMITED'),
  )
  if ('error' in outcome) throw outcome.error
  return outcome
}

/** The order is that of the operations: what one makes, the next one uses. */
describe('every operation of config-api', () => {
  it('goes from an app key, a tested file and a mapping to a call', async () => {
    const identity = await issue('brand')
    const report = await client.testP12({ form: { file: p12Of(identity), password } })
    expect(report.body.chain[0]?.subject).toBe('CN=brand')

    const saved = await client.createCertificateByFile({
      form: { file: p12Of(identity), certificate: { name: 'by file', password } },
    })
    const certificationId = saved.body.successfulySavedCertificates[0]?.id ?? 0
    const url = `${target.url}/token`
    const mapping = { name: 'm1', url, serviceId: 'IDP', certificationId }
    expect((await client.createMappings({ body: [mapping] })).body).toMatchObject([{ name: 'm1', serviceId: '1' }])

    const explained = await client.explainMapping({ body: { serviceName: 'IDP', url } })
    expect(explained.body.certificate?.name).toBe('by file')
    const entry = { serviceName: 'IDP', accountId, url }
    const checked = await forwarder.checkMapping({ query: { v: '2' }, body: [entry] })
    expect(checked.body).toEqual([{ ...entry, doExist: true }])
    const checkedThere = await forwarder.checkMappingOfAccount({ query: { v: '2' }, body: [entry] })
    expect(checkedThere.body).toEqual(checked.body)
    const mappingId = explained.body.mapping?.id ?? 0
    expect(await problemOf(forwarder.testToken({ mappingId }))).toMatchObject({ code: 'MAPPING_WITHOUT_TOKEN' })

    const created = await client.createAppKey({ body: { label: 'calls', scopes: ['forward'] } })
    const { appKey, appSecret } = created.body
    const fetch = gatewayFetch({
      forwarder: system.forwarderApi.url,
      account: accountId,
      service: 'IDP',
      appKey,
      appSecret,
    })
    const answer = await fetch(url, { method: 'POST', body: new URLSearchParams({ grant_type: 'client_credentials' }) })
    expect(await answer.json()).toMatchObject({
      body: 'grant_type=client_credentials',
      clientCertificate: { commonName: 'brand' },
    } satisfies Partial<Record<keyof EchoedRequest, unknown>>)

    expect((await client.listAppKeys()).body).toMatchObject([{ appKey, label: 'calls', scopes: ['forward'] }])
    expect((await client.deleteAppKey({ appKey })).body.appKey).toBe(appKey)
  })

  it('keeps certificates', async () => {
    const { id } = await upload('kept', await issue('first'))
    const second = await issue('second')
    await client.replaceCertificates({ body: [{ id, ...pemOf(second) }] })
    const third = await issue('third')
    const form = { file: p12Of(third), certificate: { id, password } }
    expect((await client.replaceCertificateByFile({ form })).body.failedSaveToVaultCertificates).toEqual([])

    const { body, etag } = await client.getCertificate({ certificateId: id })
    expect(body).toMatchObject({ id, name: 'kept', fingerprintSha256: third.fingerprintSha256 })
    expect(etag).toMatch(/^"\d+"$/)
    expect((await client.listCertificates()).body.map(({ name }) => name)).toContain('kept')
    const { issuer } = body
    const { certificates, issuers } = (await client.countCertificates()).body
    expect(issuers).toContainEqual(expect.objectContaining({ issuer, certificates }))
    const accepts = ['ISSUER_DIFFERS'] as const
    const replacement = await client.replaceAllOfIssuer({ body: { issuer: issuer ?? '', accepts: [...accepts] } })
    expect(replacement.body).toMatchObject({ issuer, requested: 0, leftToPeople: certificates })
    expect((await client.downloadCertificate({ certificateId: id })).body).toContain('-----BEGIN CERTIFICATE-----')
    expect((await client.deleteCertificate({ certificateId: id, ifMatch: etag })).body.deleted).toBe(true)
  })

  it('has keys made, and their requests signed', async () => {
    const subject = { commonName: 'made here' }
    const requested = await client.createSigningRequest({ body: { name: 'made', keyType: 'EC-P256', subject } })
    const certificateId = requested.body.certificate.id
    const { certificate } = await target.clientCa.signRequest(requested.body.csr)
    const completed = await client.completeSigningRequest({ certificateId, pem: certificate })
    expect(completed.body.status).toBe('Available')

    const renewal = await client.createRenewalRequest({ certificateId, body: { keyType: 'EC-P256', subject } })
    const renewed = await target.clientCa.signRequest(renewal.body.csr)
    const body = { certificate: renewed.certificate }
    const staged = await client.completeRenewalRequest({ certificateId, body })
    expect(staged.body.staged?.fingerprintSha256).toBe(renewed.fingerprintSha256)
    expect((await client.dropStaged({ certificateId })).body.staged).toBeUndefined()
  })

  it('keeps trust lists', async () => {
    const { certificate: caCertificates } = target.clientCa
    const set = await client.setTrust({ trust: 'bank-ca', body: { caCertificates } })
    expect(set.body).toMatchObject({ name: 'bank-ca', caCertificates, mappings: 0 })
    const { body, etag } = await client.getTrust({ trust: 'bank-ca' })
    expect(body).toEqual(set.body)
    expect((await client.listTrusts()).body.map(({ name }) => name)).toEqual(['bank-ca'])
    expect((await client.deleteTrust({ trust: 'bank-ca', ifMatch: etag })).body.name).toBe('bank-ca')
  })

  it('reads and applies the account as a document', async () => {
    const { body, etag } = await client.getDocument()
    const document = { certificates: body.certificates, mappings: body.mappings } as DocumentRequest
    const query = { dryRun: 'true' } as const
    expect((await client.applyDocument({ body: document, query, ifMatch: etag })).body).toMatchObject({ changes: [] })
    const trusts = { 'document-ca': { caCertificates: target.clientCa.certificate } }
    const applied = await client.applyDocument({ body: { trusts }, query: { source: 'tests' } })
    expect(applied.body).toMatchObject({ applied: true, changes: [{ action: 'create', name: 'document-ca' }] })
    const pruned = await client.applyDocument({ body: {}, query: { source: 'tests', prune: 'true' } })
    expect(pruned.body).toMatchObject({ changes: [{ action: 'delete', kind: 'trust' }] })
  })

  it('rotates', async () => {
    const { id: certificateId } = await upload('rotated', await issue('now'))
    const url = `${target.url}/rotated`
    expect((await client.tryCertificate({ certificateId, body: { url } })).body.clientCertificate).toBe('accepted')
    expect((await client.fetchTargetCa({ body: { url } })).body.result).toBe('trusted')
    const activation = { certificateId, body: { serviceName: 'IDP', url } }
    const activated = await client.activateCertificate({ ...activation, query: { isValidateUrlEnabled: 'true' } })
    expect(activated.body).toMatchObject({ url, enable: true })

    const next = await issue('next')
    const staged = await client.stageVersion({ certificateId, form: { file: p12Of(next), password } })
    expect(staged.body.staged?.fingerprintSha256).toBe(next.fingerprintSha256)
    expect((await client.probeStaged({ certificateId })).body).toMatchObject({ ok: true, results: [{ url }] })
    const promoted = await client.promoteStaged({ certificateId, query: { force: 'false', accept: 'SUBJECT_DIFFERS' } })
    expect(promoted.body.fingerprintSha256).toBe(next.fingerprintSha256)
    const propagation = await eventually(
      () => client.getPropagation({ certificateId }),
      ({ body }) => body.complete,
    )
    expect(propagation.body.instances.length).toBeGreaterThan(0)
    expect((await client.rollBack({ certificateId })).body.previous?.fingerprintSha256).toBe(next.fingerprintSha256)
    expect((await client.dropPrevious({ certificateId })).body.previous).toBeUndefined()
  })

  it('orders certificates, and plans their renewal', async () => {
    expect((await client.listIssuers()).body).toMatchObject([{ name: 'local' }])
    expect((await client.listSources()).body).toEqual([])
    const body = { name: 'issued', profile: 'local', subject: { commonName: 'issued' } }
    const issued = await client.issueCertificate({ body })
    const certificateId = 'plan' in issued.body ? 0 : issued.body.id
    const { text } = await client.downloadIssuerCa({ profile: 'local' })
    expect(text).toMatch(/^-----BEGIN CERTIFICATE-----/)
    expect((await client.getPlan({ certificateId })).body).toMatchObject({ profile: 'local', state: 'idle' })
    const manual = { profile: 'local', promote: 'manual' } as const
    expect((await client.setPlan({ certificateId, body: manual })).body).toMatchObject(manual)
    expect((await client.runPlan({ certificateId })).body).toMatchObject({ state: 'requested' })
    expect((await client.removePlan({ certificateId })).body).toMatchObject(manual)
  })

  it('keeps mappings', async () => {
    const { id } = await upload('mapped', await issue('mapped'))
    const url = `${target.url}/mapped`
    const { body } = await client.createMappings({ body: [{ name: 'm2', url, serviceId: 'IDP', certificationId: id }] })
    const mappingId = body[0]?.id ?? 0
    const { etag } = await client.getMapping({ mappingId })
    const disabled = await client.updateMapping({ mappingId, body: { enable: false }, ifMatch: etag })
    expect(disabled.body).toMatchObject({ id: mappingId, enable: false })
    expect((await client.updateMappings({ body: [{ id: mappingId, enable: true }] })).body[0]?.enable).toBe(true)
    expect((await client.listMappings()).body.map(({ name }) => name)).toContain('m2')
    expect((await client.deleteMapping({ mappingId })).body.deleted).toBe(true)
  })

  it('says who calls, and which services there are', async () => {
    expect((await client.whoAmI()).body).toMatchObject({ kind: 'bearer', accounts: [accountId] })
    expect((await client.listServices()).body).toContainEqual({ id: '1', name: 'IDP' })
  })

  it('shows an operator whose tokens are accepted', async () => {
    const options = { accountId, token: () => system.token(['*']), baseUrl: system.configApi.url }
    const operator = createConfigApiClient({ ...options, fetch: toConfigApi.fetch })
    expect((await operator.listTokenIssuers()).body).toMatchObject({ fileFault: null })
    await expect(client.listTokenIssuers()).rejects.toMatchObject({ code: 'WRONG_ACCOUNT' })
  })

  it('hands over', async () => {
    const { id: certificateId, fingerprintSha256 } = await upload('handed over', await issue('handed over'))
    const expiresAt = new Date(Date.now() + 60_000).toISOString()
    const { body } = await client.createHandover({ certificateId, body: { label: 'Anna', mappings: [], expiresAt } })
    expect((await client.listHandovers({ certificateId })).body).toMatchObject([{ id: body.id, label: 'Anna' }])
    const facts = (await client.getRegistrationFacts({ certificateId })).body
    expect(facts).toMatchObject({ current: { fingerprintSha256 }, next: null })
    const opened = await inTurn(() => client.openHandover({ body: { code: body.code } }))
    expect(opened.body).toEqual({ ...facts, label: 'Anna', expiresAt, mappings: [], note: null })
    const answer = { code: body.code, fingerprintSha256: fingerprintSha256 ?? '', mappings: [], note: 'Which url?' }
    expect((await inTurn(() => client.answerHandover({ body: answer }))).body.note).toBe('Which url?')
    expect((await client.revokeHandover({ certificateId, handoverId: body.id })).body.id).toBe(body.id)
  })

  it('invites', async () => {
    const expiresAt = new Date(Date.now() + 60_000).toISOString()
    const { body } = await client.createInvitation({ body: { label: 'Anna', scopes: ['mtls:admin'], expiresAt } })
    const code = { body: { code: body.code } }
    const described = await inTurn(() => client.describeInvitation(code))
    expect(described.body).toEqual({
      ...{ accountId, scopes: ['mtls:admin'], expiresAt, label: 'Anna' },
      invitedBy: expect.any(String),
    })
    const redeemed = await inTurn(() => client.redeemInvitation(code))
    expect(redeemed.body).toMatchObject({ accountId, scopes: ['mtls:admin'], expiresAt, label: 'Anna' })
    const guest = createConfigApiClient({ accountId, token: redeemed.body.token, baseUrl: system.configApi.url })
    expect((await client.listInvitations()).body).toMatchObject([{ id: body.id, redeemedAt: expect.any(String) }])
    expect((await guest.listInvitations()).body[0]?.id).toBe(body.id)
    expect((await client.revokeInvitation({ invitationId: body.id })).body.id).toBe(body.id)
    await expect(guest.listInvitations()).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
  })

  it('has signing keys, and publishes them', async () => {
    const use = 'client-authentication'
    const first = await client.createSigningKey({ body: { use } })
    const second = await client.createSigningKey({ body: { use, algorithm: 'EdDSA' } })
    const { kid } = first.body
    expect((await client.activateSigningKey({ kid: second.body.kid })).body.state).toBe('active')
    expect((await client.listSigningKeys()).body.map(({ state }) => state)).toEqual(['retired', 'active'])
    await client.changeSettings({ body: { publishKeys: true } })
    const { body } = await client.getJwks()
    expect(body.keys).toContainEqual(first.body.jwk)
    expect((await client.deleteSigningKey({ kid })).body.kid).toBe(kid)
  })

  it('has settings and an audit trail, and says that it is up', async () => {
    expect((await client.changeSettings({ body: { unmappedCalls: 'refuse' } })).body.unmappedCalls).toBe('refuse')
    expect((await client.getSettings()).body.unmappedCalls).toBe('refuse')
    await client.changeSettings({ body: { webhook: { url: `${target.url}/hook` } } })
    // The target demands a client certificate, which a webhook is called without.
    expect((await client.testWebhook()).body).toMatchObject({ delivered: false, status: null, ms: expect.any(Number) })
    const added = await client.changeSettings({ body: { notices: [{ channel: 'slack', to: `${target.url}/chat` }] } })
    const [{ id } = { id: '' }] = added.body.notices
    expect((await client.testNotice({ noticeId: id })).body).toMatchObject({ delivered: false })
    const { body } = await client.listChanges({ query: { limit: 1 } })
    expect(body).toMatchObject([{ action: 'settings.change' }])
    expect((await client.listCalls({ query: { outcome: 'failed', limit: 1 } })).body).toEqual([])
    for (const service of [client, forwarder]) {
      expect((await service.getLiveness()).body.status).toBe('ok')
      expect(Object.keys((await service.getReadiness()).body.checks).length).toBeGreaterThan(0)
    }
  })

  it('waits for the word of another person where the account wants it', async () => {
    const token = () => system.token([accountId], ['mtls:admin', 'mtls:read', 'mtls:write'], 'another person')
    const other = createConfigApiClient({ accountId, token, baseUrl: system.configApi.url, fetch: toConfigApi.fetch })
    const change = (approvals: { actions: ['promote'] } | null) => client.changeSettings({ body: { approvals } })
    await change({ actions: ['promote'] })
    const asked = await change(null).catch((error: unknown) => error)
    if (!(asked instanceof ApprovalRequested)) throw asked
    const { id: approvalId } = asked.approval
    expect((await client.listApprovals({ query: { state: 'open' } })).body).toMatchObject([{ id: approvalId }])
    expect((await other.getApproval({ approvalId })).body).toMatchObject({ state: 'open', mine: false })
    await expect(client.approve({ approvalId })).rejects.toMatchObject({ code: 'APPROVAL_OWN' })
    expect((await client.refuse({ approvalId })).body.state).toBe('refused')
    const again = await change(null).catch((error: unknown) => error)
    if (!(again instanceof ApprovalRequested)) throw again
    expect((await other.approve({ approvalId: again.approval.id, body: {} })).body.state).toBe('approved')
    expect((await client.getSettings()).body.approvals).toBeNull()
  })

  it('has no proof of a name without an issuer that speaks ACME', async () => {
    const token = 'DGyRejmCefe7v4NfDGDKfA'
    await expect(client.answerAcmeChallenge({ token })).rejects.toMatchObject({ status: 404, code: 'NOT_FOUND' })
  })

  it('was called', () => {
    expect([...toConfigApi.called].sort()).toEqual(Object.keys(configApi.operations).sort())
    const forwards = Object.values(forwarderApi.operations).filter((operation) => operation.forwards)
    expect(toForwarderApi.called.size).toBe(Object.keys(forwarderApi.operations).length - forwards.length)
  })
})
