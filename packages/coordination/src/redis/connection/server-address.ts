import { readFile } from 'node:fs/promises'
import { CodedError } from '@mtls-gateway/domain'
import type { RedisLogin } from './options.ts'

export interface ServerAddress {
  readonly host: string
  readonly port: number
}

export interface ServerLogin {
  readonly tls: boolean
  readonly username: string | undefined
  readonly password: string | undefined
  readonly database: number
}

export interface ServerList extends ServerLogin {
  readonly addresses: readonly [ServerAddress, ...ServerAddress[]]
}

/**
 * Reads urls of the kind `redis[s]://[user[:password]@]host[:port][/database]`, which agree in all but host and port.
 * @throws CodedError `CONFIGURATION_INVALID`, which repeats no url, as it may contain a password
 */
export function parseServers(urls: readonly string[], defaultPort: number): ServerList {
  const [first, ...others] = urls.map((url, index) => parseServer(url, index, defaultPort))
  if (!first) throw invalid('No Redis url is given')
  const differs = others.findIndex(({ login }) => JSON.stringify(login) !== JSON.stringify(first.login))
  if (differs >= 0)
    throw invalid(`Redis url ${differs + 2} has another scheme, user, password or database than the first`)
  return { ...first.login, addresses: [first.address, ...others.map(({ address }) => address)] }
}

function parseServer(text: string, index: number, defaultPort: number): { address: ServerAddress; login: ServerLogin } {
  try {
    const { protocol, hostname, port, pathname, username, password } = new URL(text)
    const database = /^\/?(\d{0,4})$/.exec(pathname)?.[1]
    if (/^rediss?:$/.test(protocol) && hostname !== '' && database !== undefined) {
      return {
        address: { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? defaultPort : Number(port) },
        login: {
          tls: protocol === 'rediss:',
          username: decodeURIComponent(username) || undefined,
          password: decodeURIComponent(password) || undefined,
          database: Number(database),
        },
      }
    }
  } catch {
    // Its message has the url.
  }
  throw invalid(`Redis url ${index + 1} is none, or its special characters are not percent-encoded`)
}

function invalid(fault: string): CodedError {
  return new CodedError('CONFIGURATION_INVALID', `${fault}. Write it like rediss://user:password@redis.example:6379`)
}

/** Read anew for each connection, because passwords are rotated. Rejects with a code that is a reason for the log. */
export type ReadLogin = () => Promise<ServerLogin>

/**
 * The login of the urls, with the password of a file if there is one.
 * @throws CodedError `CONFIGURATION_INVALID` if both have a user or a password
 */
export function readLogin(urls: ServerLogin, login: RedisLogin | undefined): ReadLogin {
  if (!login) return async () => urls
  const { username = urls.username, passwordFile } = login
  if (urls.password !== undefined || username !== (urls.username ?? username)) {
    throw new CodedError('CONFIGURATION_INVALID', 'The Redis urls have a user or password, and so have the settings.')
  }
  return async () => ({ ...urls, username, password: await passwordIn(passwordFile) })
}

function unreadable(problem: string): Error {
  return Object.assign(new Error("the file with Redis' password can't be read"), { code: `PASSWORD_FILE_${problem}` })
}

/** White space around it does not count. */
async function passwordIn(file: string): Promise<string> {
  const password = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw unreadable(error.code ?? 'UNREADABLE')
  })
  if (password.trim() === '') throw unreadable('EMPTY')
  return password.trim()
}
