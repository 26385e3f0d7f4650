import { FetchTargetCa } from './fetch-target-ca.tsx'
import { TextArea } from './field.tsx'
import { Fold } from './fold.tsx'
import { type TlsDraft, tlsOf, tlsWords } from './target-tls.ts'

/** Which CAs vouch for a target, where it is not one of the public ones. */
export function PrivateCaField({
  url,
  tls,
  value,
  error,
  isSuggested = false,
  onChange,
}: {
  /** The target. */
  readonly url: string
  /** What the target is offered. */
  readonly tls: TlsDraft
  readonly value: string
  readonly error?: string | undefined
  /** It is what a call has failed by. */
  readonly isSuggested?: boolean
  readonly onChange: (pem: string) => void
}) {
  return (
    <Fold title="The target’s own certificate comes from a private CA" isNeeded={value !== '' || isSuggested} isQuiet>
      <TextArea
        label="CA certificates of the target"
        hint="PEM. The target is trusted by these CAs alone, instead of the well-known ones."
        placeholder="-----BEGIN CERTIFICATE-----"
        value={value}
        error={error}
        onChange={(event) => onChange(event.target.value)}
      />
      <FetchTargetCa url={url} tls={{ targetTls: tlsOf(tls), words: tlsWords(tls) }} onTrust={onChange} />
    </Fold>
  )
}

const unknownCas = /^(UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED)/

/** Whether a call has failed because the target's certificate comes from a CA that is not known. */
export function isOfUnknownCa(error: { readonly code: string } | null | undefined): boolean {
  return unknownCas.test(error?.code ?? '')
}

/** How a request says it. */
export function trustOf(pem: string): { readonly caCertificates: string } | undefined {
  return pem.trim() === '' ? undefined : { caCertificates: pem }
}
