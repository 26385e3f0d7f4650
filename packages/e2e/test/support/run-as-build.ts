import { execFile } from 'node:child_process'
import { delimiter, dirname } from 'node:path'
import { promisify } from 'node:util'

/** What finds the programs, and lets npm reach its registry and its cache. */
const passedOn =
  /^(PATH|HOME|NODE_EXTRA_CA_CERTS|(https?|no)_proxy|npm_config_(cache|cafile|registry|(global|user)config))$/i

/** Runs a line of shell with this process's Node, and with nothing of its environment but `passedOn`. */
export async function runAsBuild(
  command: string,
  directory: string,
  variables: Readonly<Record<string, string>>,
): Promise<void> {
  const env = buildEnvironment(variables)
  await promisify(execFile)('sh', ['-c', command], { cwd: directory, env, maxBuffer: 16 * 1024 * 1024 })
}

/** The environment of such a command line. */
export function buildEnvironment(variables: Readonly<Record<string, string>> = {}): Record<string, string | undefined> {
  const own = Object.entries(process.env).filter(([name]) => passedOn.test(name))
  const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter)
  return { ...Object.fromEntries(own), ...variables, PATH }
}
