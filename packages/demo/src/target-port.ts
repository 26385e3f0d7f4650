import type { KeptDemo } from './kept-demo.ts'

/** The next one after the services'. */
const usualPort = 8082
const portVariables = [
  'CONFIG_API_PORT',
  'FORWARDER_API_PORT',
  'CONFIG_API_MANAGEMENT_PORT',
  'FORWARDER_API_MANAGEMENT_PORT',
  'CONSOLE_PORT',
  'CONSOLE_MANAGEMENT_PORT',
]

/**
 * Where the target should listen: where it was before, or on the usual port. 0, for any that is free, if the user has
 * given that port to a service: those start after the target.
 */
export function targetPort(user: NodeJS.ProcessEnv, kept: Pick<KeptDemo, 'targetPort'> | undefined): number {
  const port = kept?.targetPort ?? usualPort
  return portVariables.some((name) => user[name] === String(port)) ? 0 : port
}
