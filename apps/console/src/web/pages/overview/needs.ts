import type { Certificate, RecentCall } from '@mtls-gateway/contract'
import { addsCa, triesHelp } from '@mtls-gateway/contract/words'
import { expiryOf } from '../../format/expiry.ts'
import { renewsItself } from '../../format/renewal.ts'
import { callReason } from '../../ui/call-reason.ts'

/** Something that needs the attention of somebody. */
export interface Need {
  readonly key: string
  /** `bad`: calls fail, or soon will. */
  readonly tone: 'bad' | 'warn'
  readonly word: string
  readonly name: string
  readonly text: string
  /** When: stands behind the text. */
  readonly at?: string
  readonly does: 'rotate' | 'sign' | 'certificate' | 'calls' | 'try' | 'mapping' | 'explain'
  readonly id: number | undefined
  /** Which calls to look at. */
  readonly calls?: { readonly outcome: string; readonly code: string | undefined }
  /** Where the mapping is not known: what to have explained. */
  readonly question?: { readonly service?: string; readonly url: string }
  /** Where the text says to try the certificate: which one, and where. */
  readonly trial?: { readonly certificateId: number; readonly url: string }
}

/**
 * The most urgent first. `now`: milliseconds since 1970. `gone`: mappings that calls have used and that are deleted
 * since, so that nobody can do anything about those calls.
 */
export function needsOf(
  certificates: readonly Certificate[],
  calls: readonly RecentCall[],
  now: number,
  gone: ReadonlySet<number> = new Set(),
): Need[] {
  const there = calls.filter(({ mappingId }) => mappingId === undefined || !gone.has(mappingId))
  const needs = [...certificates.flatMap((certificate) => needsOfCertificate(certificate, now)), ...refusals(there)]
  return needs.toSorted((a, b) => Number(a.tone === 'warn') - Number(b.tone === 'warn') || timeOf(a) - timeOf(b))
}

function needsOfCertificate(certificate: Certificate, now: number): Need[] {
  const { id, name, status, expirationDate, clientAuth, staged, plan } = certificate
  const need = { id, name }
  const needs: Need[] = []
  if (status === 'UnAvailable') {
    const text = 'The key store has lost its private key, so calls that present it fail. Upload it again.'
    needs.push({ ...need, key: `${id} lost`, tone: 'bad', word: 'Key lost', text, does: 'rotate' })
  }
  if (plan && plan.attempts > 0 && plan.lastFailure) {
    const { step, sentence, at } = plan.lastFailure
    const does = step === 'test' ? 'rotate' : 'certificate'
    const text = `${sentence} Failed ${plan.attempts === 1 ? 'once,' : `${plan.attempts} times in a row, last`}`
    needs.push({ ...need, key: `${id} plan`, tone: 'warn', word: 'Renewal fails', text, at, does })
  }
  // What its plan has ordered comes by itself.
  if (status === 'PendingSignature' && !plan?.next) {
    const text = 'Have the signing request signed by your CA, then upload the certificate.'
    needs.push({ ...need, key: `${id} sign`, tone: 'warn', word: 'Waiting for signature', text, does: 'sign' })
  }
  const expiry = expirationDate === null ? 'later' : expiryOf(Date.parse(expirationDate), now)
  const isOver = expiry === 'expired'
  if (expirationDate !== null && expiry !== 'later' && (isOver || !renewsItself(certificate))) {
    const tone = expiry === 'soon' ? 'warn' : 'bad'
    const text = isOver ? 'Expired' : 'Expires'
    const word = isOver ? 'Expired' : 'Expires soon'
    needs.push({ ...need, key: `${id} expiry`, tone, word, text, at: expirationDate, does: 'rotate' })
  }
  // A plan that fails by it says so already.
  if (staged?.lastProbe?.ok === false && !plan?.attempts) {
    const text = 'A target did not accept the next version. Probed'
    const at = staged.lastProbe.at
    needs.push({ ...need, key: `${id} probe`, tone: 'warn', word: 'Probe failed', text, at, does: 'rotate' })
  }
  if (clientAuth === 'absent') {
    const text = 'Its extended key usage lacks clientAuth, so targets may refuse it.'
    needs.push({ ...need, key: `${id} usage`, tone: 'warn', word: 'Not for clients', text, does: 'certificate' })
  }
  return needs
}

/**
 * Calls that failed or were refused: one need for each mapping and for each url, whichever mappings it was called by,
 * by its last failure, until a call succeeds again.
 */
function refusals(calls: readonly RecentCall[]): Need[] {
  const newestFirst = calls.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at))
  const working = new Set<number | string | undefined>()
  const seen = new Map<number | string, { readonly call: RecentCall; count: number }>()
  const seenAt = new Map<string, { readonly call: RecentCall; count: number }>()
  for (const call of newestFirst) {
    const { mappingId, url, outcome } = call
    const key = mappingId ?? url ?? ''
    const known = seen.get(key) ?? (url === undefined ? undefined : seenAt.get(url))
    if (outcome === 'succeeded') working.add(mappingId).add(url)
    else if (known !== undefined) known.count++
    else if (!working.has(key) && !working.has(url)) {
      const failure = { call, count: 1 }
      seen.set(key, failure)
      if (url !== undefined) seenAt.set(url, failure)
    }
  }
  return [...seen].map(([key, { call, count }]) => ({
    key: `calls ${key}`,
    tone: 'bad',
    word: call.outcome === 'refused' ? 'Calls refused' : 'Calls fail',
    name: call.url ?? 'A call',
    text: `${callReason(call) ?? call.transportCode ?? call.code ?? call.status ?? 'There was no answer.'} ${count === 1 ? 'One call,' : `${count} calls, the last one`}`,
    at: call.at,
    ...doesOf(call),
    id: call.mappingId,
    calls: { outcome: call.outcome, code: call.transportCode ?? call.code },
  }))
}

/** What its sentence advises, if that is done on another page than that of the calls. */
function doesOf(call: RecentCall): Pick<Need, 'does' | 'trial' | 'question'> {
  const { code, transportCode, mappingId, certificateId, serviceName, url } = call
  const toTry = certificateId !== undefined && url !== undefined && { certificateId, url }
  if (toTry && triesHelp(callReason(call))) return { does: 'try', trial: toTry }
  const isOfMapping = code === 'MAPPING_DISABLED' || addsCa(callReason(call)) || transportCode === 'TARGET_PIN_MISMATCH'
  if (isOfMapping && mappingId !== undefined) return { does: 'mapping' }
  // A call without a certificate has no mapping, and calls recorded by earlier releases do not always name theirs.
  const isOpen = code === 'MAPPING_DISABLED' || transportCode === 'TARGET_REQUIRES_CLIENT_CERTIFICATE'
  if (!isOpen || mappingId !== undefined || url === undefined) return { does: 'calls' }
  return { does: 'explain', question: { url, ...(serviceName !== undefined && { service: serviceName }) } }
}

function timeOf({ at }: Need): number {
  return at === undefined ? 0 : Date.parse(at)
}
