import { existsSync } from 'node:fs'
import {
  addresses,
  type Check,
  descriptors,
  examination,
  fail,
  memory,
  ok,
  reasonOf,
  redis,
  tlsCertificate,
  traces,
  writableDirectories,
} from '@mtls-gateway/admin/doctor'
import type { ExaminedProcess } from '@mtls-gateway/admin/without-store'
import { sessionKeyPath } from '@mtls-gateway/service-kit'
import { readConfiguration } from './configuration/configuration.ts'
import { type ConsoleConfiguration, consoleSettings } from './configuration/settings.ts'
import { consoleMemory } from './console-memory.ts'
import { GatewayService, type GatewayServiceOptions, type ServiceName } from './gateway/gateway-service.ts'
import { identityProvider } from './oidc/open-oidc.ts'
import { readSealingKeys } from './session/session-keys.ts'

type ConsoleCheck = Check<ConsoleConfiguration>

/** The first start makes a key in DATA_DIR. */
const sessionKeys: ConsoleCheck = ({ configuration }) => {
  const { sessionKeyFile, dataDir } = configuration
  const file = sessionKeyFile ?? sessionKeyPath(dataDir)
  if (!existsSync(file)) return []
  const check = 'CONSOLE_SESSION_KEY_FILE'
  try {
    return [ok(check, `${readSealingKeys(configuration).session.length} keys in ${file}`)]
  } catch (error) {
    return [fail(check, reasonOf(error), `openssl rand -base64 32 > ${file}: people then sign in again.`)]
  }
}

const configApi: ConsoleCheck = ({ configuration: { configApiUrl: url, configApiCaFile: caFile } }) =>
  answers('CONFIG_API', { name: 'config-api', url, caFile })

const forwarderApi: ConsoleCheck = ({ configuration: { forwarderApiUrl: url, forwarderApiCaFile: caFile } }) =>
  url === undefined ? [] : answers('FORWARDER_API', { name: 'forwarder-api', url, caFile })

async function answers(setting: string, options: GatewayServiceOptions & { readonly name: ServiceName }) {
  const check = `${setting}_URL`
  const service = new GatewayService(options)
  try {
    await service.check()
    return [ok(check, `${options.url} answers`)]
  } catch (error) {
    const fix = `Check the url, ${setting}_CA_FILE and the network, and whether ${options.name} runs.`
    return [fail(check, `${options.url}: ${causeOf(error)}`, fix)]
  } finally {
    service.close()
  }
}

const discovery: ConsoleCheck = async ({ configuration }) => {
  const provider = identityProvider(configuration, configuration.publicUrl ?? '')
  if (provider === undefined) return []
  const check = 'OIDC_ISSUER'
  try {
    const { url } = await provider.begin()
    return [ok(check, `people sign in at ${url.origin}`)]
  } catch (error) {
    const fix =
      'Check the url, NODE_EXTRA_CA_CERTS and the network: /.well-known/openid-configuration is asked for there.'
    return [fail(check, causeOf(error), fix)]
  }
}

/** What `mtls-admin doctor` examines. */
export const examinedConsole: ExaminedProcess = examination<ConsoleConfiguration>({
  readConfiguration,
  checks: [
    descriptors,
    memory('console', consoleMemory),
    addresses(consoleSettings),
    writableDirectories(directoriesOf),
    tlsCertificate,
    sessionKeys,
    redis,
    configApi,
    forwarderApi,
    discovery,
    traces,
  ],
})

/** For a key of sessions, and for what instances share where there is only one. */
function directoriesOf({ sessionKeyFile, redisUrls, dataDir }: ConsoleConfiguration): Readonly<Record<string, string>> {
  const isUsed = sessionKeyFile === undefined || redisUrls.reveal().length === 0
  return isUsed ? { DATA_DIR: dataDir } : {}
}

/** The errors of the console are for whoever sits before it; their causes are for operators. */
function causeOf(error: unknown): string {
  return reasonOf(error instanceof Error && error.cause !== undefined ? error.cause : error)
}
