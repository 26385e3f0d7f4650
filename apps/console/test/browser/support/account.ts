import { type ConfigApiClient, createConfigApiClient, gatewayFetch } from '@mtls-gateway/client'
import type { Scope } from '@mtls-gateway/domain/words'
import { type IssuedCertificate, makePkcs12 } from '@mtls-gateway/test-kit'
import type { ConsoleSystem } from './console-system.ts'

export const password = 'correct horse'

/** All that people may have: `forward` is for app keys. */
export const allScopes: readonly Scope[] = ['mtls:read', 'mtls:write', 'mtls:admin']

/** An account that one test has to itself, and what it takes before a page is opened: each step must succeed. */
export class Account {
  readonly id: string
  /** Every operation of config-api, with all scopes. */
  readonly api: ConfigApiClient
  readonly #system: ConsoleSystem

  constructor(system: ConsoleSystem, id: string) {
    this.#system = system
    this.id = id
    this.api = createConfigApiClient({ baseUrl: system.configApi.url, accountId: id, token: this.token() })
  }

  /** An hour long unless given. */
  token(scopes: readonly Scope[] = allScopes, seconds = 3_600): string {
    return this.#system.token({ accounts: [this.id], scopes, seconds })
  }

  /** What `mtls console` prints: a link that signs in once. */
  signInLink(scopes?: readonly Scope[], consoleUrl = this.#system.url): Promise<string> {
    return this.#system.signInLink(this.token(scopes), consoleUrl)
  }

  /** A path of the console. */
  path(below = ''): string {
    return `/accounts/${this.id}${below === '' ? '' : `/${below}`}`
  }

  async addCertificate(name: string, identity: IssuedCertificate): Promise<number> {
    const p12 = Buffer.from(makePkcs12({ identity, password })).toString('base64')
    const { body } = await this.api.createCertificates({ body: [{ name, p12, password }] })
    const [saved] = body.successfulySavedCertificates
    if (saved === undefined) throw new Error(`${name} is not saved: ${JSON.stringify(body)}`)
    return saved.id
  }

  /** As the next version of a certificate. */
  async stage(certificateId: number, identity: IssuedCertificate): Promise<void> {
    const p12 = Buffer.from(makePkcs12({ identity, password })).toString('base64')
    await this.api.stageVersion({ certificateId, body: { p12, password } })
  }

  /** For calls of the service IDP. */
  async map(name: string, url: string, certificateId: number): Promise<number> {
    const mapping = { name, url, serviceId: 'IDP', certificationId: String(certificateId), enable: true }
    const { body } = await this.api.createMappings({ body: [mapping] })
    const [created] = body
    if (created === undefined) throw new Error(`${name} is not mapped`)
    return created.id
  }

  /** A `fetch` of the service IDP through the gateway. */
  async caller(forwarder = this.#system.forwarderApi.url): Promise<typeof fetch> {
    const { body } = await this.api.createAppKey({ body: { label: 'calls of a test', scopes: ['forward'] } })
    const { appKey, appSecret } = body
    return gatewayFetch({ forwarder, account: this.id, service: 'IDP', appKey, appSecret })
  }
}
