import { parseAccountId } from '@mtls-gateway/domain'
import { accountPath, type SecretValue } from '../src/index.ts'

export const writtenPath = accountPath(parseAccountId('a'))
export const writtenPaths = [writtenPath, ...['b', 'c', 'd'].map((name) => accountPath(parseAccountId(name)))]

/** A value that can be told from every other version's, over one page of the database to many. */
export function numbered(version: number): SecretValue {
  return { version, filler: `${version} `.repeat((version % 7) ** 5) }
}
