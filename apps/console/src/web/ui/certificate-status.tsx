import type { Certificate } from '@mtls-gateway/contract'
import { expiryOf } from '../format/expiry.ts'
import { renewsItself } from '../format/renewal.ts'
import { Badge } from './badge.tsx'
import type { Tone } from './tone.ts'
import { useNow } from './use-now.ts'

type Word = readonly [word: string, tone: Tone]

const words: Readonly<Record<Certificate['status'], Word>> = {
  Available: ['Available', 'good'],
  Expired: ['Expired', 'bad'],
  PendingSignature: ['Waiting for signature', 'warn'],
  UnAvailable: ['Key lost', 'bad'],
}

export interface CertificateStatusProps {
  readonly certificate: Pick<Certificate, 'status' | 'expirationDate' | 'plan'>
}

/** One that can be used, though not for long, says so instead. */
export function CertificateStatus({ certificate }: CertificateStatusProps) {
  const { status, expirationDate } = certificate
  const now = useNow()
  const [word, tone] = wordOf(status, expirationDate === null ? undefined : expiryOf(Date.parse(expirationDate), now))
  // Its issuer answers later, and the gateway goes on with that by itself.
  if (status === 'PendingSignature' && certificate.plan?.next) return <Badge tone="accent">Ordered</Badge>
  if (status === 'Available' && tone !== 'good' && word !== words.Expired[0] && renewsItself(certificate)) {
    return <Badge tone="good">Renews itself</Badge>
  }
  return <Badge tone={tone}>{word}</Badge>
}

function wordOf(status: Certificate['status'], expiry: ReturnType<typeof expiryOf> | undefined): Word {
  if (status !== 'Available' || expiry === undefined || expiry === 'later') return words[status]
  return expiry === 'expired' ? words.Expired : ['Expires soon', expiry === 'urgent' ? 'bad' : 'warn']
}
