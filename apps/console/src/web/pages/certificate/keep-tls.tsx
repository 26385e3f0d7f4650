import type { Mapping, TrialRequest } from '@mtls-gateway/contract'
import { useRef } from 'react'
import { mappingsKey } from '../../api/mappings.ts'
import { clientOf } from '../../api/page-client.ts'
import { useMissingScope } from '../../api/session.ts'
import { useChange } from '../../api/use-change.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { Button } from '../../ui/button.tsx'
import { Failure } from '../../ui/failure.tsx'
import { say } from '../../ui/toasts.tsx'
import styles from './keep-tls.module.css'

type TargetTls = NonNullable<TrialRequest['targetTls']>

export interface KeepTlsProps {
  /** Those of the certificate. */
  readonly mappings: readonly Mapping[]
  /** The url with which the settings have worked. */
  readonly url: string
  readonly targetTls: TargetTls
}

/** Takes TLS settings that have helped in a trial into the mappings that calls to the url would use. */
export function KeepTls({ mappings, url, targetTls }: KeepTlsProps) {
  const accountId = useAccountId()
  const missingScope = useMissingScope('mtls:write')
  const place = useRef<HTMLDivElement>(null)
  const keep = useChange({
    change: ({ id }: Mapping, idempotencyKey) =>
      clientOf(accountId).updateMapping({ mappingId: id, body: { targetTls }, idempotencyKey }),
    changes: [mappingsKey(accountId)],
    onDone: (_, { name }) => {
      say({ text: `${name} has these TLS settings now.` })
      // The button that was pressed is gone: the keyboard goes on from here.
      place.current?.focus({ preventScroll: true })
    },
  })
  const without = mappingsOfUrl(mappings, url).filter((mapping) => !isSame(mapping.targetTls, targetTls))
  return (
    <div ref={place} tabIndex={-1} className={styles.keep}>
      {keep.error && <Failure error={keep.error} />}
      {without.map((mapping) => (
        <Button
          key={mapping.id}
          isPending={keep.isPending && keep.variables.id === mapping.id}
          disabledReason={missingScope}
          onClick={() => keep.mutate(mapping)}
        >
          Take these TLS settings into “{mapping.name}”
        </Button>
      ))}
    </div>
  )
}

/** Those that a call to the url may use, one for each service: of several patterns the longest. */
export function mappingsOfUrl(mappings: readonly Mapping[], url: string): readonly Mapping[] {
  const ofUrl = mappings.filter((mapping) => mapping.url === url)
  if (ofUrl.length > 0) return ofUrl
  const patterns = mappings.filter((mapping) => mapping.url.endsWith('/*') && url.startsWith(mapping.url.slice(0, -1)))
  const longest = Math.max(...patterns.map((mapping) => mapping.url.length))
  return patterns.filter((mapping) => mapping.url.length === longest)
}

function isSame(one: Mapping['targetTls'], other: TargetTls): boolean {
  const sorted = (tls: object = {}) => JSON.stringify(Object.entries(tls).sort())
  return sorted(one) === sorted(other)
}
