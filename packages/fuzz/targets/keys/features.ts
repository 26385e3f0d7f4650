import type { TestReport } from '@mtls-gateway/key-material'

/** A number, or an OID: they stand in the file, and there is no end of them. */
const numbers = /\d+(?:\.\d+)+|\d{4,}/g
/** As much of a message as is ours, and tells faults of one code apart: behind it some quote names of the file. */
const ownCharacters = 20

/** What a report shows in words of ours alone, which are few: else every broken file would show something new. */
export function featuresOf({ problems, readBy, container }: TestReport): readonly string[] {
  const known = (name: string) => name.replace(numbers, 'another')
  return [
    `read by ${readBy}`,
    ...(container?.cipher?.split(', ').map((name) => `cipher ${known(name)}`) ?? []),
    `MAC ${known(container?.mac ?? 'none')}`,
    ...problems.map(
      ({ code, message }) => `${code}: ${message.replace(/\d+(?:\.\d+)*/g, '0').slice(0, ownCharacters)}`,
    ),
  ]
}
