import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Scope } from '@mtls-gateway/domain/words'
import {
  createCa,
  type ServiceProcess,
  startGateway,
  startService,
  startTestTarget,
  startTokenIssuer,
  type TestTarget,
  type TokenIssuer,
} from '@mtls-gateway/test-kit'
import { Account } from './account.ts'

const apps = join(import.meta.dirname, '../../../..')
const entryOf = (app: string) => join(apps, app, 'dist/main.js')

type Env = Readonly<Record<string, string>>

export interface SystemOptions {
  /** Settings of config-api and forwarder-api, on top of the usual ones. */
  readonly env?: Env
  readonly consoleEnv?: Env
}

export interface TokenOptions {
  readonly accounts: readonly string[]
  readonly scopes: readonly Scope[]
  /** How long it is valid. */
  readonly seconds: number
}

interface Parts {
  readonly configApi: ServiceProcess
  readonly forwarderApi: ServiceProcess
  readonly console: ServiceProcess
  /** Takes client certificates of its `clientCa`, which is `Client CA`. */
  readonly target: TestTarget
  /** Takes those of another one, `Partner CA`. The gateway trusts it, too. */
  readonly partner: TestTarget
  readonly issuer: TokenIssuer
  /** For files of the tests; removed with the system. */
  readonly directory: string
}

/** The gateway's services and the console as processes, over a data directory of their own, and two targets. */
export class ConsoleSystem {
  readonly #parts: Parts
  readonly #running: AsyncDisposableStack

  private constructor(parts: Parts, running: AsyncDisposableStack) {
    this.#parts = parts
    this.#running = running
  }

  static async start({ env = {}, consoleEnv = {} }: SystemOptions = {}): Promise<ConsoleSystem> {
    const running = new AsyncDisposableStack()
    try {
      return new ConsoleSystem(await startParts(running, env, consoleEnv), running)
    } catch (error) {
      await running.disposeAsync()
      throw error
    }
  }

  get configApi(): ServiceProcess {
    return this.#parts.configApi
  }

  get forwarderApi(): ServiceProcess {
    return this.#parts.forwarderApi
  }

  get target(): TestTarget {
    return this.#parts.target
  }

  get partner(): TestTarget {
    return this.#parts.partner
  }

  get directory(): string {
    return this.#parts.directory
  }

  /** Where people open the console. */
  get url(): string {
    return this.#parts.console.url
  }

  newAccount(): Account {
    return new Account(this, `le${randomBytes(6).toString('hex')}`)
  }

  token({ accounts, scopes, seconds }: TokenOptions): string {
    const exp = Math.floor(Date.now() / 1_000) + seconds
    return this.#parts.issuer.jwt({ accounts, scope: scopes.join(' '), exp })
  }

  /** As `mtls console` does it. */
  async signInLink(token: string): Promise<string> {
    const headers = { authorization: `Bearer ${token}` }
    const response = await fetch(`${this.url}/console/sign-in-codes`, { method: 'POST', headers })
    if (response.status !== 201) throw new Error(`no link: ${response.status} ${await response.text()}`)
    const { url }: { url: string } = await response.json()
    return url
  }

  /** One more console in front of the same services; ends with the system. */
  async startConsole(env: Env = {}): Promise<ServiceProcess> {
    return startConsole(this.#running, this.#parts, env)
  }

  async stop(): Promise<void> {
    await this.#running.disposeAsync()
  }
}

async function startParts(running: AsyncDisposableStack, env: Env, consoleEnv: Env): Promise<Parts> {
  const directory = await mkdtemp(join(tmpdir(), 'mtls-gateway-browser-'))
  running.defer(() => rm(directory, { recursive: true }))
  const issuer = running.adopt(await startTokenIssuer(), (server) => server.close())
  const [serverCa, partnerCa] = [await createCa({ name: 'Server CA' }), await createCa({ name: 'Partner CA' })]
  const target = running.adopt(await startTestTarget({ serverCa }), (server) => server.close())
  const partner = running.adopt(await startTestTarget({ serverCa, clientCa: partnerCa }), (server) => server.close())
  const casFile = join(directory, 'target-cas.pem')
  await writeFile(casFile, serverCa.certificate)
  const gateway = await startGateway({
    configApi: entryOf('config-api'),
    forwarderApi: entryOf('forwarder-api'),
    dataDir: join(directory, 'gateway'),
    env: {
      TARGET_ALLOW_CIDRS: '127.0.0.0/8,::1/128',
      TARGET_PORTS: 'any',
      TARGET_EXTRA_CA_FILE: casFile,
      // Far above what the tests send: the throttle has tests of its own.
      THROTTLE_PER_SECOND: '100000',
      ...issuer.env,
      ...env,
    },
  })
  running.defer(() => gateway.stop())
  const { configApi, forwarderApi } = gateway
  const console = await startConsole(running, { configApi, directory }, consoleEnv)
  return { configApi, forwarderApi, console, target, partner, issuer, directory }
}

/** All of a system have the same session key. */
async function startConsole(
  running: AsyncDisposableStack,
  { configApi, directory }: Pick<Parts, 'configApi' | 'directory'>,
  env: Env,
): Promise<ServiceProcess> {
  const started = await startService({
    entry: entryOf('console'),
    env: {
      CONSOLE_PORT: '0',
      CONSOLE_MANAGEMENT_PORT: '0',
      CONFIG_API_URL: configApi.url,
      DATA_DIR: join(directory, 'console'),
      THROTTLE_PER_SECOND: '100000',
      ...env,
    },
  })
  running.defer(async () => void (await started.stop()))
  return started
}
