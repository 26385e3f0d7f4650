import type { Readable } from 'node:stream'
import type { CheckedEntry, CheckMappingQuery } from '@mtls-gateway/contract'
import { writeInTurns } from '@mtls-gateway/event-loop'
import type { EntryAnswer } from './check-mapping.ts'

/** The answer in the requested version, as JSON: made in turns, as a thousand long urls take ten milliseconds. */
export function checkMappingAnswer(
  { v }: CheckMappingQuery,
  entries: readonly CheckedEntry[],
  answers: readonly EntryAnswer[],
): Promise<string | Readable> {
  const answerOf = (index: number): EntryAnswer => answers[index] ?? { doExist: false }
  if (Number(v) === 2) {
    const answered = entries.map(({ serviceName, accountId, url }, index) => ({
      ...(serviceName !== undefined && { serviceName }),
      accountId,
      url,
      ...answerOf(index),
    }))
    return writeInTurns(answered)
  }
  return writeInTurns(Object.fromEntries(entries.map((entry, index) => [answerKey(entry), answerOf(index).doExist])))
}

/** The key of an answer of version 1, with the spelling that clients expect; `null` if the entry names no service. */
export function answerKey({ serviceName = 'null', accountId, url }: CheckedEntry): string {
  return `CertificateMappingParamters{serviceName='${serviceName}', accountId='${accountId}', url='${url}'}`
}
