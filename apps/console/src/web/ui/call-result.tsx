import { type ReactNode, useRef } from 'react'
import { Button } from './button.tsx'
import styles from './call-result.module.css'
import { HandshakePicture, type HandshakePictureProps } from './handshake-picture.tsx'
import { Loading } from './loading.tsx'
import { type TlsDraft, tlsSuggestions } from './target-tls.ts'

export interface CallResultProps {
  readonly isPending: boolean
  /** What came of the call; undefined: there was none yet. */
  readonly call: Pick<HandshakePictureProps, 'url' | 'outcome' | 'chain'> | undefined
  /** Calls again, with these TLS settings. */
  readonly onTryTls: (change: Partial<TlsDraft>) => void
  readonly children?: ReactNode
}

/** What came of a call with a certificate, and what may help where it failed by what was offered in the handshake. */
export function CallResult({ isPending, call, onTryTls, children }: CallResultProps) {
  const place = useRef<HTMLDivElement>(null)
  const suggestions = tlsSuggestions(call?.outcome.error)
  return (
    <div ref={place} tabIndex={-1} role="status" aria-label="Result of the call" className={styles.result}>
      {isPending && <Loading label="Calling the target" />}
      {!isPending && call !== undefined && (
        <>
          <HandshakePicture {...call} />
          {suggestions.length > 0 && (
            <div className={styles.suggestions}>
              <p>These TLS settings may help. Trying them changes no mapping.</p>
              {suggestions.map(({ label, change }) => (
                <Button
                  key={label}
                  onClick={() => {
                    onTryTls(change)
                    // The button that was pressed is gone: the keyboard goes on from here.
                    place.current?.focus({ preventScroll: true })
                  }}
                >
                  {label} and call again
                </Button>
              ))}
            </div>
          )}
          {children}
        </>
      )}
    </div>
  )
}
