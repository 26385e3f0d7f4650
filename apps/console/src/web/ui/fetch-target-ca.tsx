import type { TargetCa, TargetCaRequest } from '@mtls-gateway/contract'
import { shellWord } from '@mtls-gateway/contract/words'
import { useMutation } from '@tanstack/react-query'
import { Fragment, useRef, useState } from 'react'
import { clientOf } from '../api/page-client.ts'
import { useMissingScope } from '../api/session.ts'
import { dayOf } from '../format/day.ts'
import { useAccountId } from '../routing/account-id.ts'
import { AsCommand } from './as-command.tsx'
import { Button } from './button.tsx'
import { Copy } from './copy.tsx'
import { Expires } from './expires.tsx'
import { Facts } from './facts.tsx'
import { Failure } from './failure.tsx'
import styles from './fetch-target-ca.module.css'
import { Loading } from './loading.tsx'
import { Notice } from './notice.tsx'

export interface FetchTargetCaProps {
  readonly url: string
  /** Expected in the target's certificate instead of the host of the url. */
  readonly serverName?: string
  /** What is offered to the target, and the options of `mtls` that say so. */
  readonly tls?: { readonly targetTls: TargetCaRequest['targetTls']; readonly words: readonly string[] }
  /** The person has compared it, and wants it to be trusted. */
  readonly onTrust: (pem: string) => void
}

interface Asked {
  readonly url: string
  readonly serverName: string
  readonly targetTls: TargetCaRequest['targetTls']
}

/** Shows which CA the target's certificate comes from. It is trusted only once somebody has said that it is the one. */
export function FetchTargetCa({ url: typedUrl, serverName: typedName = '', tls, onTrust }: FetchTargetCaProps) {
  const accountId = useAccountId()
  const missingScope = useMissingScope('mtls:write')
  const [trusted, setTrusted] = useState<string>()
  const place = useRef<HTMLDivElement>(null)
  const { mutate, reset, data, variables, error, isPending } = useMutation({
    mutationFn: async ({ url, serverName, targetTls }: Asked) => {
      const body = { url, targetTls, ...(serverName !== '' && { serverName }) }
      return (await clientOf(accountId).fetchTargetCa({ body })).body
    },
    gcTime: 0,
  })
  const asked: Asked = { url: typedUrl.trim(), serverName: typedName.trim(), targetTls: tls?.targetTls }
  // What was found at another target is not to be trusted for this one.
  const isOfThis = JSON.stringify(variables) === JSON.stringify(asked)
  const answer = (ca: TargetCa['ca']) => {
    if (ca !== null) onTrust(ca.pem)
    setTrusted(ca?.subject)
    reset()
    // The button that was pressed is gone: the keyboard goes on from here.
    place.current?.focus({ preventScroll: true })
  }
  return (
    <div ref={place} tabIndex={-1} className={styles.fetch}>
      <Button
        isPending={isPending}
        disabledReason={missingScope ?? whyNot(asked.url)}
        onClick={() => {
          setTrusted(undefined)
          mutate(asked)
        }}
      >
        Fetch the target’s CA
      </Button>
      <div role="status" aria-label="The target’s CA" className={styles.result}>
        {isPending && <Loading label="Fetching the target’s CA" />}
        {isOfThis && error !== null && <Failure error={error} />}
        {isOfThis && data !== undefined && (
          <>
            <Found found={data} onAnswer={answer} />
            <AsCommand command={commandOf(asked, tls?.words)} />
          </>
        )}
        {trusted !== undefined && <Notice tone="good" title={`“${trusted}” stands in the field above.`} />}
      </div>
    </div>
  )
}

interface FoundProps {
  readonly found: TargetCa
  /** Null: it is not to be trusted. */
  readonly onAnswer: (ca: TargetCa['ca']) => void
}

const tones = { trusted: 'good', missing: 'warn', failed: 'bad' } as const

function Found({ found: { result, explanation, ca, chain }, onAnswer }: FoundProps) {
  if (result !== 'found' || ca === null) {
    return <Notice tone={tones[result === 'found' ? 'failed' : result]} title={explanation} />
  }
  const fingerprint = ca.fingerprintSha256.toUpperCase().match(/../g)?.join(':') ?? ca.fingerprintSha256
  return (
    <section aria-label="What the target sent" className={styles.found}>
      <p>{explanation}</p>
      <Facts
        facts={{
          'SHA-256 fingerprint': (
            <span className={styles.fingerprint}>
              <code>
                {fingerprint.split(/(?<=:)/).map((pair, at) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: the same pair may come twice
                  <Fragment key={at}>
                    {pair}
                    <wbr />
                  </Fragment>
                ))}
              </code>
              <Copy text={fingerprint} label="Copy the fingerprint" />
            </span>
          ),
          Subject: ca.subject,
          Issuer: ca.issuer === ca.subject ? 'itself' : ca.issuer,
          Valid: (
            <>
              {dayOf(ca.notBefore)} to {dayOf(ca.notAfter)}, <Expires at={ca.notAfter} />
            </>
          ),
          'It vouches for': chain[0]?.subject,
        }}
      />
      <div className={styles.actions}>
        <Button look="primary" onClick={() => onAnswer(ca)}>
          The fingerprints are the same: trust it
        </Button>
        <Button onClick={() => onAnswer(null)}>Reject it</Button>
      </div>
    </section>
  )
}

function whyNot(url: string): string | undefined {
  if (url === '') return 'Type the url of the target first.'
  if (/^https:\/\/\*/i.test(url)) return 'A pattern is for many hosts. Use mtls target-ca with the url of one of them.'
  return undefined
}

function commandOf({ url, serverName }: Asked, tlsWords: readonly string[] = []): string {
  const name = serverName === '' ? '' : ` --target-server-name ${shellWord(serverName)}`
  const tls = tlsWords.map((word) => ` ${word}`).join('')
  return `mtls target-ca ${shellWord(url)}${name}${tls} --pem > target-ca.pem`
}
