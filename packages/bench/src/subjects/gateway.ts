import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ApiClient, freePort } from '@mtls-gateway/test-kit'
import { type AppKey, BenchAccount } from '../gateway/bench-account.ts'
import { startTokenIssuer } from '../gateway/token-issuer.ts'
import { CallSigner } from '../load/call-signer.ts'
import { requestHead } from '../load/request-head.ts'
import { cores, runWhenIdle } from '../machine/cores.ts'
import { type ServerProcess, startServer } from '../machine/server-process.ts'
import { inParallel } from '../scale/pace.ts'
import { type Call, certificateOf, type Subject, type SubjectName, type SubjectOptions } from './subject.ts'

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

/** The checkout that this bench belongs to. */
const ownCheckout = fileURLToPath(new URL('../../../..', import.meta.url))
const accountsAtOnce = 2
/** Of the first identity, beside `small`. */
const otherPaths = ['both-64k', 'both-1m', 'sink', '1g']

/**
 * Both services on the embedded adapters, everything on, with certificates that were onboarded through config-api. The throttle is
 * raised and stays in place, as the generator has one address. One log line a request is off, as it is in every peer.
 */
export const startGatewaySubject = (options: SubjectOptions): Promise<GatewaySubject> =>
  startGateway('mtls-gateway', ownCheckout, options)

/** An earlier one, from another checkout in which everything has been built. */
export const earlierGateway =
  (checkout: string) =>
  (options: SubjectOptions): Promise<GatewaySubject> =>
    startGateway('mtls-gateway before', checkout, options)

async function startGateway(name: SubjectName, checkout: string, options: SubjectOptions): Promise<GatewaySubject> {
  await using opened = new AsyncDisposableStack()
  const issuer = opened.adopt(await startTokenIssuer(), (server) => server.close())
  const services = await startServices(checkout, options, issuer.env, opened)
  const configApi = opened.adopt(new ApiClient({ baseUrl: services.configApiUrl, bearer: issuer.token }), (client) =>
    client.close(),
  )
  const accounts = await onboard(configApi, options)
  runWhenIdle(services.configApi.pid)
  const resources = opened.move()
  return {
    name,
    url: services.forwarderUrl,
    pid: services.forwarder.pid,
    repeatable: false,
    configApi,
    accounts,
    requests: (call, count) => signedRequests(services.forwarderUrl, options, accounts, call, count),
    stop: () => resources.disposeAsync(),
  }
}

interface Services {
  readonly configApi: ServerProcess
  readonly configApiUrl: string
  readonly forwarder: ServerProcess
  readonly forwarderUrl: string
}

/** config-api shares the generator's core, and only when that has nothing else to do: it would be on another machine. */
async function startServices(
  checkout: string,
  { directory, target }: SubjectOptions,
  issuer: Readonly<Record<string, string>>,
  opened: AsyncDisposableStack,
): Promise<Services> {
  await writeFile(join(directory, 'target-ca.pem'), target.ca)
  const ports = { configApi: await freePort(), forwarder: await freePort() }
  const start = async (app: string, core: number, port: number, ports: Readonly<Record<string, string>>) => {
    const args = [join(checkout, `apps/${app}/dist/main.js`)]
    const env = { ...environment(directory, target.port), ...issuer, ...ports }
    return opened.adopt(await startServer({ command: process.execPath, args, core, port, env }), (server) =>
      server.stop(),
    )
  }
  const configApi = await start('config-api', cores.load, ports.configApi, {
    CONFIG_API_PORT: String(ports.configApi),
    CONFIG_API_MANAGEMENT_PORT: '0',
  })
  const forwarder = await start('forwarder-api', cores.subject, ports.forwarder, {
    FORWARDER_API_PORT: String(ports.forwarder),
    // As in the image.
    NODE_OPTIONS: '--max-semi-space-size=16',
    FORWARDER_API_MANAGEMENT_PORT: '0',
  })
  return {
    configApi,
    configApiUrl: `http://127.0.0.1:${ports.configApi}`,
    forwarder,
    forwarderUrl: `http://127.0.0.1:${ports.forwarder}`,
  }
}

const environment = (directory: string, targetPort: number): Readonly<Record<string, string>> => ({
  NODE_ENV: 'production',
  DATA_DIR: directory,
  LOG_LEVEL: 'warn',
  THROTTLE_PER_SECOND: '100000',
  TARGET_ALLOW_CIDRS: '127.0.0.0/8,::1/128',
  TARGET_PORTS: String(targetPort),
  TARGET_EXTRA_CA_FILE: join(directory, 'target-ca.pem'),
})

/** Identities of their accounts, each with a certificate and a mapping of its own. */
async function onboard(configApi: ApiClient, options: SubjectOptions): Promise<readonly CallingAccount[]> {
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
      })),
    )
    accounts[first / identitiesAnAccount] = { account, key: await account.addAppKey(), certificateIds: ids }
  })
  return accounts
}

/** Each may be sent once, within 5 minutes. */
function* signedRequests(
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
