import type { CheckedEntry, CheckMappingAnswer, CheckMappingQuery } from '@mtls-gateway/contract'

/** The answer in the requested version. */
export function checkMappingAnswer(
  { v }: CheckMappingQuery,
  entries: readonly CheckedEntry[],
  exist: readonly boolean[],
): CheckMappingAnswer {
  const answered = entries.map(({ serviceName, accountId, url }, index) => ({
    ...(serviceName !== undefined && { serviceName }),
    accountId,
    url,
    doExist: exist[index] ?? false,
  }))
  if (Number(v) === 2) return answered
  return Object.fromEntries(answered.map((entry) => [answerKey(entry), entry.doExist]))
}

/** The key of an answer of version 1, with the spelling that clients expect; `null` if the entry names no service. */
export function answerKey({ serviceName = 'null', accountId, url }: CheckedEntry): string {
  return `CertificateMappingParamters{serviceName='${serviceName}', accountId='${accountId}', url='${url}'}`
}
