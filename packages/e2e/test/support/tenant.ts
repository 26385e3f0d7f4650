import { randomBytes } from 'node:crypto'
import { type ApiClient, type IssuedCertificate, makePkcs12 } from '@mtls-gateway/test-kit'
import { eventually } from './eventually.ts'
import type { RunningSystem } from './running-system.ts'
import {
  type AppKey,
  allScopes,
  type Certificate,
  type Invitation,
  type Mapping,
  type NewMapping,
  type RedeemedInvitation,
  type SaveResult,
  type SigningKey,
} from './wire.ts'

export const testPassword = 'correct horse'

/** Random, so that tests of one system never meet. */
export function newAccountId(): string {
  return `le${randomBytes(6).toString('hex')}`
}

/** One account, for the steps that a test takes before the one that it is about: each must succeed. */
export class Tenant {
  readonly id: string
  /** Bearer, all scopes. */
  readonly api: ApiClient
  readonly #system: RunningSystem

  constructor(system: RunningSystem, id: string, api: ApiClient) {
    this.#system = system
    this.id = id
    this.api = api
  }

  /** A path of config-api, below the account: `path('certificates')`. */
  path(below: string): string {
    return `/mtls/account/${this.id}/${below}`
  }

  get forwardPath(): string {
    return `/mtls/account/${this.id}`
  }

  /** The base url of a mapping, as a path of forwarder-api. */
  pathTo({ id }: Pick<Mapping, 'id'>): string {
    return `${this.forwardPath}/to/${id}`
  }

  async saveCertificate(name: string, identity: IssuedCertificate): Promise<Certificate> {
    const [certificate] = await this.saveCertificates([name], identity)
    if (certificate === undefined) throw new Error('the answer names no certificate')
    return certificate
  }

  /** The same key material under several names, in one request. */
  async saveCertificates(names: readonly string[], identity: IssuedCertificate): Promise<readonly Certificate[]> {
    const body = names.map((name) => certificateEntry(name, identity))
    const saved = await this.api.json<SaveResult>('POST', this.path('certificates'), body)
    mustBe(201, saved)
    return saved.body.successfulySavedCertificates
  }

  async map(mapping: NewMapping): Promise<Mapping> {
    const saved = await this.api.json<Mapping[]>('POST', this.path('mappings'), [{ enable: true, ...mapping }])
    mustBe(201, saved)
    const [created] = saved.body
    if (created === undefined) throw new Error('the answer names no mapping')
    return created
  }

  /** One certificate and one mapping of it, for the service IDP. */
  async onboard(
    identity: IssuedCertificate,
    url: string,
    name = '1',
  ): Promise<{ certificate: Certificate; mapping: Mapping }> {
    const certificate = await this.saveCertificate(`c${name}`, identity)
    const mapping = await this.map({ certificationId: certificate.id, serviceId: 'IDP', url, name: `m${name}` })
    return { certificate, mapping }
  }

  async newAppKey(scopes: readonly string[] = allScopes): Promise<AppKey> {
    const created = await this.api.json<AppKey>('POST', this.path('app-keys'), { label: 'tests', scopes })
    mustBe(201, created)
    return created.body
  }

  async newSigningKey(body: object = { use: 'client-authentication' }): Promise<SigningKey> {
    const created = await this.api.json<SigningKey>('POST', this.path('signing-keys'), body)
    mustBe(201, created)
    return created.body
  }

  async invite(parts: object = {}): Promise<Invitation> {
    const created = await this.api.json<Invitation>('POST', this.path('invitations'), newInvitation(parts))
    mustBe(201, created)
    return created.body
  }

  /** Redeems an invitation. */
  async redeem({ code }: Pick<Invitation, 'code'>): Promise<RedeemedInvitation> {
    const anybody = this.#system.toConfigApi()
    // An address has a few attempts a second, and all tests have the same.
    const redeemed = await eventually(
      () => anybody.json<RedeemedInvitation>('POST', redeemPath, { code }),
      ({ status }) => status !== 429,
    )
    mustBe(200, redeemed)
    return redeemed.body
  }

  /** A client of config-api with the token of an invitation. */
  async newGuest(parts: object = {}): Promise<{ readonly invitation: Invitation; readonly api: ApiClient }> {
    const invitation = await this.invite(parts)
    return { invitation, api: this.#system.toConfigApi({ bearer: (await this.redeem(invitation)).token }) }
  }

  /** A client of forwarder-api that signs with a new app key. */
  async newCaller(scopes: readonly string[] = allScopes): Promise<ApiClient> {
    return this.#system.toForwarderApi({ oauth1: await this.newAppKey(scopes) })
  }
}

export const redeemPath = '/mtls/invitations/redeem'

/** The body that invites somebody who may do everything, for an hour. */
export function newInvitation(parts: object = {}) {
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
  return { label: 'Anna of Bank', scopes: ['mtls:read', 'mtls:write', 'mtls:admin'], expiresAt, ...parts }
}

const files = new WeakMap<IssuedCertificate, string>()

/** An element of the certificates' JSON body. */
export function certificateEntry(name: string, identity: IssuedCertificate, password = testPassword) {
  // The key derivation of a file takes longer than its upload: one file serves all who upload the same identity.
  const known = password === testPassword ? files.get(identity) : undefined
  const p12 = known ?? Buffer.from(makePkcs12({ identity, password })).toString('base64')
  if (password === testPassword) files.set(identity, p12)
  return { name, p12, password }
}

/** The `LP-*` headers of a forward. */
export function lp(url: string, serviceName = 'IDP'): Record<string, string> {
  return { 'LP-forward-url': url, 'LP-service-name': serviceName }
}

export function mustBe(status: number, response: { readonly status: number; readonly body: unknown }): void {
  if (response.status === status) return
  const body = Buffer.isBuffer(response.body) ? response.body.toString('utf8') : JSON.stringify(response.body)
  throw new Error(`expected ${status}, got ${response.status}: ${body}`)
}
