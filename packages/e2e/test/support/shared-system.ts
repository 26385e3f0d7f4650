import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedStore, openVaultStore, type SecretStore } from '@mtls-gateway/secret-store'
import { openCa, startTestTarget, type TestCa, type TestTarget, type TestTargetOptions } from '@mtls-gateway/test-kit'
import { isOnProduction } from './backends.ts'
import { RunningSystem, type ServiceUrls } from './running-system.ts'
import { type SharedParts, sharedVariable } from './shared-system-host.ts'
import { allScopes } from './wire.ts'

/**
 * The services shared by all test files that need no settings, no restart and no store of their own. Each test has its
 * own account in them. Settings are the defaults, but for a throttle that nobody reaches and targets on loopback.
 */
export async function sharedSystem(): Promise<SharedSystem> {
  const host = process.env[sharedVariable(isOnProduction())]
  if (host === undefined) throw new Error('this run hosts no shared system')
  const parts = (await ask(host, '/')) as SharedParts
  const directory = await mkdtemp(join(tmpdir(), 'mtls-gateway-e2e-file-'))
  return new SharedSystem(host, parts, await openCa(parts.serverCa), directory)
}

/** A test file's view of it. `stop` ends what belongs to that file. */
export class SharedSystem extends RunningSystem {
  override readonly configApi: ServiceUrls
  override readonly forwarderApi: ServiceUrls
  /** The services trust targets whose certificates it has issued. */
  readonly serverCa: TestCa
  readonly #host: string
  readonly #parts: SharedParts

  constructor(host: string, parts: SharedParts, serverCa: TestCa, directory: string) {
    super(directory)
    this.configApi = parts.configApi
    this.forwarderApi = parts.forwarderApi
    this.serverCa = serverCa
    this.#host = host
    this.#parts = parts
  }

  /** A target that the services trust, with a client CA of its own. */
  startTarget(options: TestTargetOptions = {}): Promise<TestTarget> {
    return startTestTarget({ ...options, serverCa: this.serverCa })
  }

  override async token(
    accounts: readonly string[] = ['*'],
    scopes: readonly string[] = allScopes,
    subject?: string,
  ): Promise<string> {
    const words = { accounts: accounts.join(' '), scopes: scopes.join(' ') }
    const query = new URLSearchParams({ ...words, ...(subject !== undefined && { subject }) })
    return String(await ask(this.#host, `/token?${query}`))
  }

  override openStore(): SecretStore {
    const { store } = this.#parts
    if ('directory' in store) return openEmbeddedStore(store)
    const { address, mount, rootToken } = store
    return openVaultStore({ address, mount, auth: { kind: 'token', token: async () => rootToken } })
  }

  override async readOutput(): Promise<string> {
    return String(await ask(this.#host, '/output'))
  }

  override async stop(): Promise<void> {
    await super.stop()
    await rm(this.directory, { recursive: true })
  }
}

async function ask(host: string, path: string): Promise<unknown> {
  const response = await fetch(host + path)
  if (!response.ok) throw new Error(`the shared system: ${await response.text()}`)
  return response.json()
}
