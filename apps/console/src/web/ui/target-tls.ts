import type { Mapping, MappingRequest } from '@mtls-gateway/contract'
import { shellWord } from '@mtls-gateway/contract/words'
import { tlsVersions } from '@mtls-gateway/domain/words'
import { faultOf } from './faults.ts'

/** What is offered to a target in the TLS handshake, as it stands in a form. */
export interface TlsDraft {
  /** `1.2`, `1.3`, or nothing. */
  readonly tlsMin: string
  readonly tlsMax: string
  readonly legacyRenegotiation: boolean
  /** Separated by commas. */
  readonly tlsCiphers: string
  readonly tlsGroups: string
}

/** As all targets are called. */
export const emptyTls: TlsDraft = { tlsMin: '', tlsMax: '', legacyRenegotiation: false, tlsCiphers: '', tlsGroups: '' }

export function tlsDraftOf(targetTls: Mapping['targetTls']): TlsDraft {
  return {
    tlsMin: targetTls?.minVersion ?? '',
    tlsMax: targetTls?.maxVersion ?? '',
    legacyRenegotiation: targetTls?.legacyRenegotiation ?? false,
    tlsCiphers: targetTls?.ciphers?.join(', ') ?? '',
    tlsGroups: targetTls?.groups?.join(', ') ?? '',
  }
}

/** Null where it is what all are offered. */
export function tlsOf(draft: TlsDraft): NonNullable<MappingRequest['targetTls']> | null {
  const [minVersion, maxVersion] = [draft.tlsMin, draft.tlsMax].map((chosen) =>
    tlsVersions.find((version) => version === chosen),
  )
  const [ciphers, groups] = [namesIn(draft.tlsCiphers), namesIn(draft.tlsGroups)]
  const tls = {
    ...(minVersion && { minVersion }),
    ...(maxVersion && { maxVersion }),
    ...(draft.legacyRenegotiation && { legacyRenegotiation: true }),
    ...(ciphers.length > 0 && { ciphers }),
    ...(groups.length > 0 && { groups }),
  }
  return Object.keys(tls).length === 0 ? null : tls
}

/** The options of `mtls` that say the same. */
export function tlsWords({ tlsMin, tlsMax, legacyRenegotiation, tlsCiphers, tlsGroups }: TlsDraft): string[] {
  const listed = (option: string, text: string) => {
    const names = namesIn(text)
    return names.length === 0 ? [] : [option, shellWord(names.join(','))]
  }
  return [
    ...(tlsMin === '' ? [] : ['--tls-min', tlsMin]),
    ...(tlsMax === '' ? [] : ['--tls-max', tlsMax]),
    ...(legacyRenegotiation ? ['--tls-legacy-renegotiation'] : []),
    ...listed('--tls-ciphers', tlsCiphers),
    ...listed('--tls-groups', tlsGroups),
  ]
}

/** What the gateway says against them. */
export function tlsFaults(error: Error | null) {
  return {
    tlsMin: faultOf(error, 'minVersion'),
    tlsMax: faultOf(error, 'maxVersion'),
    tlsCiphers: faultOf(error, 'ciphers'),
    tlsGroups: faultOf(error, 'groups'),
  }
}

/** People also separate them by spaces and lines. */
export function namesIn(text: string): string[] {
  return text.split(/[\s,]+/).filter((name) => name !== '')
}

/** A setting that may help where a call has failed by what was offered. */
export interface TlsSuggestion {
  readonly label: string
  readonly change: Partial<TlsDraft>
}

const suggestions: readonly (TlsSuggestion & { readonly named: string })[] = [
  {
    named: 'targetTls.legacyRenegotiation: true',
    label: 'Allow legacy renegotiation',
    change: { legacyRenegotiation: true },
  },
  { named: 'targetTls.maxVersion: "1.2"', label: 'Offer at most TLS 1.2', change: { tlsMax: '1.2' } },
  {
    named: 'targetTls.groups: ["X25519", "P-256"]',
    label: 'Offer only X25519 and P-256',
    change: { tlsGroups: 'X25519, P-256' },
  },
  {
    named: 'targetTls.groups: ["brainpoolP256r1", "P-256"]',
    label: 'Offer only brainpoolP256r1 and P-256',
    change: { tlsGroups: 'brainpoolP256r1, P-256' },
  },
]

/** Those that the explanation of a failed call names (docs/target-credentials.md). */
export function tlsSuggestions(error: { readonly message: string } | null | undefined): readonly TlsSuggestion[] {
  return suggestions.filter(({ named }) => error?.message.includes(named))
}
