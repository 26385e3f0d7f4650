import type { Certificate, RecentCall } from '@mtls-gateway/contract'
import { expiryOf } from '../../format/expiry.ts'
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
  readonly does: 'rotate' | 'sign' | 'certificate' | 'calls'
  readonly id: number | undefined
  /** Which calls to look at. */
  readonly calls?: { readonly outcome: string; readonly code: string | undefined }
}

/** The most urgent first. `now`: milliseconds since 1970. */
export function needsOf(certificates: readonly Certificate[], calls: readonly RecentCall[], now: number): Need[] {
  const needs = [...certificates.flatMap((certificate) => needsOfCertificate(certificate, now)), ...refusals(calls)]
  return needs.toSorted((a, b) => Number(a.tone === 'warn') - Number(b.tone === 'warn') || timeOf(a) - timeOf(b))
}

function needsOfCertificate(certificate: Certificate, now: number): Need[] {
  const { id, name, status, expirationDate, clientAuth, staged } = certificate
  const need = { id, name }
  const needs: Need[] = []
  if (status === 'UnAvailable') {
    const text = 'The key store has lost its private key, so calls that present it fail. Upload it again.'
    needs.push({ ...need, key: `${id} lost`, tone: 'bad', word: 'Key lost', text, does: 'rotate' })
  }
  if (status === 'PendingSignature') {
    const text = 'Have the signing request signed by your CA, then upload the certificate.'
    needs.push({ ...need, key: `${id} sign`, tone: 'warn', word: 'Waiting for signature', text, does: 'sign' })
  }
  const expiry = expirationDate === null ? 'later' : expiryOf(Date.parse(expirationDate), now)
  if (expirationDate !== null && expiry !== 'later') {
    const isOver = expiry === 'expired'
    const tone = expiry === 'soon' ? 'warn' : 'bad'
    const text = isOver ? 'Expired' : 'Expires'
    const word = isOver ? 'Expired' : 'Expires soon'
    needs.push({ ...need, key: `${id} expiry`, tone, word, text, at: expirationDate, does: 'rotate' })
  }
  if (staged?.lastProbe?.ok === false) {
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
 * Calls that failed or were refused: one need for each mapping, by its last failure, until a call of it succeeds again.
 */
function refusals(calls: readonly RecentCall[]): Need[] {
  const newestFirst = calls.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at))
  const working = new Set<number | string | undefined>()
  const seen = new Map<number | string, { readonly call: RecentCall; count: number }>()
  for (const call of newestFirst) {
    const { mappingId, url, outcome } = call
    const key = mappingId ?? url ?? ''
    const known = seen.get(key)
    if (outcome === 'succeeded') working.add(mappingId).add(url)
    else if (known !== undefined) known.count++
    else if (!working.has(key) && !working.has(url)) seen.set(key, { call, count: 1 })
  }
  return [...seen].map(([key, { call, count }]) => ({
    key: `calls ${key}`,
    tone: 'bad',
    word: call.outcome === 'refused' ? 'Calls refused' : 'Calls fail',
    name: call.url ?? 'A call',
    text: `${callReason(call) ?? call.transportCode ?? call.code ?? call.status ?? 'There was no answer.'} ${count === 1 ? 'One call,' : `${count} calls, the last one`}`,
    at: call.at,
    does: 'calls',
    id: call.mappingId,
    calls: { outcome: call.outcome, code: call.transportCode ?? call.code },
  }))
}

function timeOf({ at }: Need): number {
  return at === undefined ? 0 : Date.parse(at)
}
