import { readableTime } from '@mtls-gateway/domain'
import type { Certificate } from '../certificate/certificate.ts'
import { renewalRequest } from '../report/commands.ts'
import type { Problem } from '../report/report.ts'
import { failure, warning } from './problems.ts'

const soonDays = 30
const hourMs = 3_600_000
const dayMs = 24 * hourMs

export function checkDates(leaf: Certificate, issuers: readonly Certificate[], now: Date): Problem[] {
  return [...checkLeaf(leaf, now), ...issuers.flatMap((issuer) => checkIssuer(issuer, now))]
}

function checkLeaf({ notBefore, notAfter }: Certificate, now: Date): Problem[] {
  const end = readableTime(notAfter)
  if (notAfter < now) {
    return [
      failure(
        'CERTIFICATE_EXPIRED',
        `The certificate expired on ${end}. Send the renewed one with its key.`,
        renewalRequest,
      ),
    ]
  }
  if (notBefore > now) {
    // only a warning: a rotation is staged before the new certificate becomes valid
    const message = `The certificate is valid only from ${readableTime(notBefore)} on: until then targets refuse it.`
    return [warning('CERTIFICATE_STARTS_LATER', message)]
  }
  const left = notAfter.getTime() - now.getTime()
  if (left >= soonDays * dayMs) return []
  // What is issued for 20 days has not only 19 left a moment later; the console counts in the same way.
  const days = left < dayMs ? 0 : Math.floor((left + hourMs) / dayMs)
  const when = days === 0 ? 'within a day' : days === 1 ? 'in a day' : `in ${days} days`
  const message = `The certificate expires ${when}, on ${end}. Have it renewed.`
  return [warning('CERTIFICATE_EXPIRES_SOON', message, renewalRequest)]
}

function checkIssuer({ subject, notAfter }: Certificate, now: Date): Problem[] {
  if (notAfter >= now) return []
  const message = `The CA certificate of ${subject} in the chain expired on ${readableTime(notAfter)}. Ask the CA for its successor.`
  return [warning('CHAIN_EXPIRED', message)]
}
