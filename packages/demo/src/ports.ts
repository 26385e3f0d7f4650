import { once } from 'node:events'
import { createServer } from 'node:net'
import { errorCode } from './error-text.ts'
import type { KeptDemo } from './kept-demo.ts'
import type { ServiceName } from './service-process.ts'

interface UsualPort {
  readonly service: ServiceName
  readonly variable: string
  readonly hostVariable: string
  /** The default of the service (docs/configuration.md). */
  readonly port: number
}

const servicePorts: readonly UsualPort[] = (
  [
    ['config-api', 'CONFIG_API', 8080, 9080],
    ['forwarder-api', 'FORWARDER_API', 8081, 9081],
    ['console', 'CONSOLE', 8090, 9083],
  ] as const
).flatMap(([service, prefix, port, managementPort]) => [
  { service, variable: `${prefix}_PORT`, hostVariable: `${prefix}_HOST`, port },
  { service, variable: `${prefix}_MANAGEMENT_PORT`, hostVariable: 'MANAGEMENT_HOST', port: managementPort },
])

/** The next one after the services'. */
const usualTargetPort = 8082

/** For whatever starts a demo beside others: every service, and the target, takes a port that is free. */
export const freePorts: Readonly<Record<string, string>> = Object.fromEntries(
  servicePorts.map(({ variable }) => [variable, '0']),
)

export interface ChosenPorts {
  /** What to add to the user's variables: 0, for any free port, where the usual one is taken. */
  readonly environment: Readonly<Record<string, string>>
  /** The usual ports that are taken, by the service that would have had them. */
  readonly taken: ReadonlyMap<ServiceName, readonly number[]>
}

/** A port that the user has set is left alone: if it is in use, the service says so. */
export async function choosePorts(user: NodeJS.ProcessEnv, isFree = canListen): Promise<ChosenPorts> {
  const environment: Record<string, string> = {}
  const taken = new Map<ServiceName, readonly number[]>()
  for (const { service, variable, hostVariable, port } of servicePorts) {
    if (user[variable]) continue
    if (!isGiven(user, port) && (await isFree(port, user[hostVariable] || '127.0.0.1'))) continue
    environment[variable] = '0'
    taken.set(service, [...(taken.get(service) ?? []), port])
  }
  return { environment, taken }
}

/**
 * Where the target should listen: where it was before, or on the usual port. 0, for any that is free, if the user has
 * given that port to a service, as those start after the target, or wants free ports for all of them.
 */
export function targetPort(user: NodeJS.ProcessEnv, kept: Pick<KeptDemo, 'targetPort'> | undefined): number {
  const port = kept?.targetPort ?? (wantsFreePorts(user) ? 0 : usualTargetPort)
  return isGiven(user, port) ? 0 : port
}

function wantsFreePorts(user: NodeJS.ProcessEnv): boolean {
  return servicePorts.every(({ variable }) => user[variable] === freePorts[variable])
}

/** For the end of what a step says: ` (8080 and 9080 are in use)`, or nothing. */
export function inUse(ports: readonly number[]): string {
  if (ports.length === 0) return ''
  return ` (${new Intl.ListFormat('en').format(ports.map(String))} ${ports.length === 1 ? 'is' : 'are'} in use)`
}

function isGiven(user: NodeJS.ProcessEnv, port: number): boolean {
  return servicePorts.some(({ variable }) => user[variable] === String(port))
}

/** What else keeps a server from listening there is for the service to explain. */
async function canListen(port: number, host: string): Promise<boolean> {
  const server = createServer()
  try {
    await once(server.listen({ port, host, exclusive: true }), 'listening')
  } catch (error) {
    return errorCode(error) !== 'EADDRINUSE'
  }
  await once(server.close(), 'close')
  return true
}
