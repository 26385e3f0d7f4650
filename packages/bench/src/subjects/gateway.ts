import type { ApiClient } from '@mtls-gateway/test-kit'
import { type AppKey, BenchAccount, type NewMapping } from '../gateway/bench-account.ts'
import { ownCheckout, startGatewayServices } from '../gateway/gateway-services.ts'
import { CallSigner } from '../load/call-signer.ts'
import { requestHead } from '../load/request-head.ts'
import { runWhenIdle } from '../machine/cores.ts'
import { inParallel } from '../scale/pace.ts'
import { type Call, certificateOf, type Subject, type SubjectName, type SubjectOptions } from '../subject.ts'

export interface GatewaySubject extends Subject {
  readonly configApi: ApiClient
  /** Those that the identities belong to, in their order. */
  readonly accounts: readonly CallingAccount[]
}

export interface CallingAccount {
  readonly account: BenchAccount
  readonly key: AppKey
  readonly certificateIds: readonly number[]
}

const accountsAtOnce = 2
const tokenedPath = 'tokened'
/** The first identity's paths, in addition to `small`. */
const otherPaths = ['sink', '1g', tokenedPath]

interface GatewaySubjectOptions {
  readonly name: SubjectName
  /** In it everything has been built; this one unless given. */
  readonly checkout?: string
  /** Variables of the services, in addition to what every measurement sets. */
  readonly settings?: Readonly<Record<string, string>>
  /** Accounts change under load. What config-api has to do is a part of it then. */
  readonly changes?: boolean
}

/** Both services, with certificates that were onboarded through config-api. */
export const gatewaySubject =
  (started: GatewaySubjectOptions) =>
  (options: SubjectOptions): Promise<GatewaySubject> =>
    startGateway(started, options)

async function startGateway(
  { name, checkout = ownCheckout, settings, changes = false }: GatewaySubjectOptions,
  options: SubjectOptions,
): Promise<GatewaySubject> {
  const { directory, target } = options
  await using opened = new AsyncDisposableStack()
  const started = await startGatewayServices({
    checkout,
    directory,
    targetCa: target.ca,
    targetPorts: String(target.port),
    // Its callers are few, and each identity has connections of its own: descriptors are for these.
    env: { MAX_CONNECTIONS: '2000', ...settings },
  })
  const { api, configApi, forwarder } = opened.adopt(started, (services) => services.stop())
  const accounts = await onboard(api, options)
  // It shares the generator's core, but only while that has nothing else to do, as it would be on another machine. What
  // it has to do for others would wait for longer than its watchdog does.
  if (!changes) runWhenIdle(configApi.pid)
  const resources = opened.move()
  return {
    name,
    url: forwarder.url,
    pid: forwarder.pid,
    repeatable: false,
    configApi: api,
    accounts,
    requests: (call, count) => signedRequests(forwarder.url, options, accounts, call, count),
    stop: () => resources.disposeAsync(),
  }
}

/** Identities of their accounts, each with a certificate and a mapping of its own. */
export async function onboard(configApi: ApiClient, options: SubjectOptions): Promise<readonly CallingAccount[]> {
  const { identities, identitiesAnAccount, target } = options
  const accounts: CallingAccount[] = []
  const firsts = Array.from({ length: Math.ceil(identities / identitiesAnAccount) }, (_, n) => n * identitiesAnAccount)
  await inParallel(firsts, accountsAtOnce, async (first) => {
    const account = new BenchAccount({ id: `bench-${first / identitiesAnAccount}`, configApi })
    const own = Array.from({ length: Math.min(identitiesAnAccount, identities - first) }, (_, n) => first + n)
    const ids = await account.addCertificates(
      own.map((identity) => {
        const { certificate, privateKey } = certificateOf(options, identity)
        return { name: `c${identity}`, certificate, privateKey }
      }),
    )
    const paths = own.flatMap((identity) =>
      ['small', ...(identity === 0 ? otherPaths : [])].map((path) => ({ identity, path })),
    )
    await account.addMappings(
      paths.map(({ identity, path }) => ({
        name: `${identity}-${path}`,
        url: `${target.url}/${identity}/${path}`,
        certificationId: ids[identity - first] ?? 0,
        ...(path === tokenedPath && { targetAuth: tokenOf(target) }),
      })),
    )
    accounts[first / identitiesAnAccount] = { account, key: await account.addAppKey(), certificateIds: ids }
  })
  return accounts
}

/** What the target wants of calls to `tokened`; it gives the token itself. */
function tokenOf({ url }: Pick<SubjectOptions['target'], 'url'>): NonNullable<NewMapping['targetAuth']> {
  return { type: 'oauth2', tokenUrl: `${url}/token`, clientId: 'bench', method: 'tls_client_auth' }
}

/** Each may be sent once, within 5 minutes. */
export function* signedRequests(
  forwarderUrl: string,
  { target, identitiesAnAccount }: SubjectOptions,
  accounts: readonly CallingAccount[],
  { method, path, identities, bodyBytes, closes }: Call,
  count: number,
): Iterable<string> {
  const { host } = new URL(forwarderUrl)
  const callers = accounts.map(({ account, key }) => {
    const accountPath = `/mtls/account/${account.id}`
    return { accountPath, signer: new CallSigner({ ...key, url: forwarderUrl + accountPath }) }
  })
  const timestamp = Math.floor(Date.now() / 1_000)
  for (let n = 0; n < count; n++) {
    const identity = n % identities
    const caller = callers[Math.floor(identity / identitiesAnAccount)]
    if (caller === undefined) throw new Error(`no account has the identity ${identity}`)
    yield requestHead(
      { method, path: caller.accountPath, host, bodyBytes, closes },
      {
        Authorization: caller.signer.sign(method, timestamp),
        'LP-forward-url': `${target.url}/${identity}/${path}`,
        'LP-service-name': 'IDP',
      },
    )
  }
}
