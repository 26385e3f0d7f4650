import type { VersionDifference } from '@mtls-gateway/contract'
import { table } from '@mtls-gateway/terminal'
import { day } from './lines.ts'

/** What differs, in a word. A later service may know others. */
const words: Readonly<Record<string, string>> = {
  SAME_CERTIFICATE: 'certificate',
  EXPIRES_EARLIER: 'expires',
  SUBJECT_DIFFERS: 'subject',
  NAMES_DIFFER: 'names',
  ISSUER_DIFFERS: 'issuer',
  KEY_TYPE_DIFFERS: 'key',
  CLIENT_AUTH_DIFFERS: 'clientAuth',
}

/** Why the staged version is not a usual renewal of the one in use. */
export function differencesText(differences: readonly VersionDifference[]): string {
  return [
    'The staged version is not a usual renewal of the version in use:',
    table(['DIFFERS', 'IN USE', 'STAGED'], differences.map(cellsOf)),
    ...differences.map(({ message }) => message),
  ].join('\n')
}

/** A line for each. */
export function differenceLines(differences: readonly VersionDifference[]): readonly string[] {
  return differences.map((difference) => {
    const [word, from, to] = cellsOf(difference)
    return `${word}: ${from} -> ${to}`
  })
}

function cellsOf({ code, from, to }: VersionDifference): readonly [word: string, from: string, to: string] {
  const word = Object.hasOwn(words, code) ? (words[code] ?? code) : code
  if (code === 'EXPIRES_EARLIER' && day(from) !== day(to)) return [word, day(from), day(to)]
  return [word, from || 'none', to || 'none']
}
