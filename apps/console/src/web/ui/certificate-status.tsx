import type { Certificate } from '@mtls-gateway/contract'
import { Badge } from './badge.tsx'
import type { Tone } from './tone.ts'

const words: Readonly<Record<Certificate['status'], readonly [word: string, tone: Tone]>> = {
  Available: ['Available', 'good'],
  Expired: ['Expired', 'bad'],
  PendingSignature: ['Waiting for signature', 'warn'],
  UnAvailable: ['Key lost', 'bad'],
}

export function CertificateStatus({ status }: { readonly status: Certificate['status'] }) {
  const [word, tone] = words[status]
  return <Badge tone={tone}>{word}</Badge>
}
