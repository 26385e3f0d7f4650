import type { ApiClient, ApiResponse, ServiceProcess, TestTarget } from '@mtls-gateway/test-kit'
import { ProductionBackends } from './production-backends.ts'
import { type SignedCall, sendSigned } from './signed-call.ts'
import { type Made, made } from './steady-calls.ts'
import { System } from './system.ts'
import { lp, type Tenant } from './tenant.ts'
import { vaultOfTheRun } from './vault-of-the-run.ts'
import type { AppKey, Certificate, CheckedMapping } from './wire.ts'

const base = 'http://gateway.example'

/** A system whose Redis is about to fail, with forwarders that are configured for it in three ways. */
export class RedisOutageScene {
  readonly backends: ProductionBackends
  readonly system: System
  /** Refuses signed calls that it can't know to be fresh; looks at the store each second. */
  readonly strict: ServiceProcess
  /** Takes nonces on its own word; learns of changes by their notices alone. */
  readonly lenient: ServiceProcess
  readonly throttled: ServiceProcess

  private constructor(backends: ProductionBackends, system: System) {
    this.backends = backends
    this.system = system
    const [lenient, throttled] = system.moreForwarders
    if (!lenient || !throttled) throw new Error('there are two more')
    this.strict = system.forwarderApi
    this.lenient = lenient
    this.throttled = throttled
  }

  static async start(target: TestTarget): Promise<RedisOutageScene> {
    const backends = await ProductionBackends.open(vaultOfTheRun())
    const system = await System.start({
      backends,
      targets: [target],
      forwarderApiEnv: { PUBLIC_BASE_URLS: base, ACCOUNT_TTL: '1s' },
      moreForwarders: [{ NONCE_ON_OUTAGE: 'local', ACCOUNT_TTL: '5m' }, { THROTTLE_PER_SECOND: '150' }],
    })
    return new RedisOutageScene(backends, system)
  }

  async newAccount(target: TestTarget): Promise<RedisOutageAccount> {
    const tenant = await this.system.newTenant()
    const { certificate } = await tenant.onboard(
      await target.clientCa.issue({ commonName: 'mapped' }),
      `${target.url}/`,
    )
    const [appKey, bearer] = [await tenant.newAppKey(), await this.system.token()]
    const clients = new Map(
      [this.strict, this.lenient].map((forwarder) => [forwarder, this.system.toForwarderApi({ bearer }, forwarder)]),
    )
    return new RedisOutageAccount({ tenant, certificate, appKey, clients, targetUrl: target.url })
  }
}

interface AccountParts {
  readonly tenant: Tenant
  readonly certificate: Certificate
  readonly appKey: AppKey
  /** By Bearer; an `Authorization` header given with a call wins. */
  readonly clients: ReadonlyMap<ServiceProcess, ApiClient>
  readonly targetUrl: string
}

/** An account with a mapping of the target's root, and the calls of an outage. */
export class RedisOutageAccount {
  readonly tenant: Tenant
  readonly #parts: AccountParts

  constructor(parts: AccountParts) {
    this.tenant = parts.tenant
    this.#parts = parts
  }

  /** To be signed. */
  forwardAt(forwarder: ServiceProcess): SignedCall {
    const { tenant, appKey, targetUrl } = this.#parts
    const client = this.#client(forwarder)
    return { client, base, method: 'GET', path: tenant.forwardPath, appKey, headers: lp(`${targetUrl}/`) }
  }

  async signedAt(forwarder: ServiceProcess): Promise<Made> {
    return made(async () => decoded(await sendSigned(this.forwardAt(forwarder))))
  }

  /** By Bearer: whether the url is mapped. */
  checkAt(forwarder: ServiceProcess, path: string): Promise<ApiResponse<CheckedMapping[]>> {
    const { tenant, targetUrl } = this.#parts
    const entry = { serviceName: 'IDP', accountId: tenant.id, url: targetUrl + path }
    return this.#client(forwarder).json('POST', '/mtls/mapping?v=2', [entry])
  }

  /** Makes a mapping of `/{name}`. */
  map(name: string): Promise<Made> {
    const { tenant, certificate, targetUrl } = this.#parts
    const mapping = {
      name,
      certificationId: certificate.id,
      serviceId: 'IDP',
      url: `${targetUrl}/${name}`,
      enable: true,
    }
    return made(() => tenant.api.json('POST', tenant.path('mappings'), [mapping]))
  }

  #client(forwarder: ServiceProcess): ApiClient {
    const client = this.#parts.clients.get(forwarder)
    if (client === undefined) throw new Error('no client calls this forwarder')
    return client
  }
}

/** As the calls that send JSON give it. */
function decoded(answer: ApiResponse<Buffer>): ApiResponse<unknown> {
  return { ...answer, body: JSON.parse(answer.body.toString('utf8')) }
}
