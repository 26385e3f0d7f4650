import { readFile } from 'node:fs/promises'

export interface DemoTargetFacts {
  readonly dataDir: string
  readonly targetPort: number
  /** PEM file of {@link extraCas}. */
  readonly extraCaFile: string
  /** Has the issuers that the demo orders from. */
  readonly issuersFile: string
}

const loopback = '127.0.0.0/8,::1/128'
/** What the services take without `TARGET_PORTS`: naming the demo target's port must not take these away. */
const usualTargetPorts = '443,8443'
/** Levels that leave out the line by which a service says that it listens. */
const tooQuiet = new Set(['warn', 'error', 'fatal', 'silent'])

/**
 * The user's environment, and on top of it what lets the services reach the demo target, and what lets clients of the
 * original API call them.
 */
export function serviceEnvironment(user: NodeJS.ProcessEnv, facts: DemoTargetFacts): NodeJS.ProcessEnv {
  const ports = user.TARGET_PORTS || usualTargetPorts
  return {
    ...user,
    DATA_DIR: facts.dataDir,
    TARGET_ALLOW_CIDRS: user.TARGET_ALLOW_CIDRS ? `${user.TARGET_ALLOW_CIDRS},${loopback}` : loopback,
    TARGET_PORTS: ports === 'any' ? ports : `${ports},${facts.targetPort}`,
    TARGET_EXTRA_CA_FILE: facts.extraCaFile,
    ISSUERS_FILE: facts.issuersFile,
    CONSOLE_URL: consoleUrl(user),
    COMPATIBILITY: user.COMPATIBILITY || 'liveperson',
    LOG_LEVEL: tooQuiet.has(user.LOG_LEVEL ?? '') ? 'info' : user.LOG_LEVEL,
  }
}

/** For links to it. config-api starts first, so nobody can know what the console will make of any free port. */
function consoleUrl({ CONSOLE_URL, CONSOLE_PUBLIC_URL, CONSOLE_HOST, CONSOLE_PORT }: NodeJS.ProcessEnv) {
  if (CONSOLE_URL || CONSOLE_PUBLIC_URL) return CONSOLE_URL || CONSOLE_PUBLIC_URL
  return CONSOLE_HOST || CONSOLE_PORT === '0' ? undefined : `http://127.0.0.1:${CONSOLE_PORT || 8090}`
}

/** The console serves the config-api that was started, wherever that listens. */
export function consoleEnvironment(
  services: NodeJS.ProcessEnv,
  { configApiUrl, forwarderApiUrl }: { readonly configApiUrl: string; readonly forwarderApiUrl: string },
): NodeJS.ProcessEnv {
  const urls = { FORWARDER_URL: forwarderApiUrl, FORWARDER_API_URL: forwarderApiUrl }
  return { ...services, CONFIG_API_URL: configApiUrl, ...urls }
}

/** PEM: the demo target's CA, after those that the user has the services trust. */
export async function extraCas(user: NodeJS.ProcessEnv, targetCa: string): Promise<string> {
  if (!user.TARGET_EXTRA_CA_FILE) return targetCa
  return `${(await readFile(user.TARGET_EXTRA_CA_FILE, 'utf8')).trimEnd()}\n${targetCa}`
}
