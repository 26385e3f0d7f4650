import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCa, serve, type TestCa, type VaultAccess } from '@mtls-gateway/test-kit'
import { EmbeddedBackends } from './embedded-backends.ts'
import { ProductionBackends, patient } from './production-backends.ts'
import type { ServiceUrls } from './running-system.ts'
import { System } from './system.ts'

/** What a test file needs to know of the shared system, as JSON. */
export interface SharedParts {
  readonly configApi: ServiceUrls
  readonly forwarderApi: ServiceUrls
  readonly serverCa: Pick<TestCa, 'certificate' | 'privateKey'>
  readonly store: { readonly directory: string } | { readonly address: string; mount: string; rootToken: string }
}

export interface SharedSystemHost {
  readonly url: string
  close(): Promise<void>
}

/** The environment variable that tells workers where it is. */
export function sharedVariable(isOnProduction: boolean): string {
  return isOnProduction ? 'E2E_SHARED_PRODUCTION' : 'E2E_SHARED_EMBEDDED'
}

/** Starts the services when the first test file asks for them: on the Vault, or on the embedded backends. */
export async function hostSharedSystem(vault: VaultAccess | undefined): Promise<SharedSystemHost> {
  let started: Promise<Hosted> | undefined
  const server = await serve(async (request, response) => {
    started ??= startHosted(vault)
    const answer = await started.then((hosted) => answerTo(request, hosted)).catch((error: Error) => error)
    if (answer instanceof Error) response.writeHead(500).end(String(answer.stack))
    else response.end(JSON.stringify(answer))
  })
  return {
    url: server.url,
    close: async () => {
      await server.close()
      await (await started)?.close()
    },
  }
}

interface Hosted {
  readonly system: System
  readonly parts: SharedParts
  close(): Promise<void>
}

async function startHosted(vault: VaultAccess | undefined): Promise<Hosted> {
  const directory = await mkdtemp(join(tmpdir(), 'mtls-gateway-e2e-shared-'))
  const production = vault && (await ProductionBackends.open(vault, patient))
  const ca = await createCa({ name: 'Shared server CA' })
  const backends = production ?? new EmbeddedBackends(directory)
  const system = await System.start({ backends, targets: [{ ca: ca.certificate }] })
  const store =
    vault && production
      ? { address: vault.address, rootToken: vault.rootToken, mount: production.mount.name }
      : { directory }
  const parts: SharedParts = {
    configApi: urlsOf(system.configApi),
    forwarderApi: urlsOf(system.forwarderApi),
    serverCa: { certificate: ca.certificate, privateKey: ca.privateKey },
    store,
  }
  const close = async () => {
    await system.stop()
    await rm(directory, { recursive: true })
  }
  return { system, parts, close }
}

async function answerTo({ url = '/' }: IncomingMessage, { system, parts }: Hosted): Promise<unknown> {
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  const words = (name: string) => (searchParams.get(name) ?? '').split(' ').filter((word) => word !== '')
  if (pathname === '/token') {
    return system.token(words('accounts'), words('scopes'), searchParams.get('subject') ?? undefined)
  }
  return pathname === '/output' ? system.output : parts
}

function urlsOf({ url, managementUrl }: ServiceUrls): ServiceUrls {
  return { url, managementUrl }
}
