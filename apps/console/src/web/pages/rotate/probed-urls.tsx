import type { ChainCertificate, ProbeResult } from '@mtls-gateway/contract'
import { Badge } from '../../ui/badge.tsx'
import { HandshakePicture } from '../../ui/handshake-picture.tsx'
import { Breakable } from '../../ui/long-text.tsx'
import type { Tone } from '../../ui/tone.ts'
import styles from './probed-urls.module.css'

const words: Readonly<Record<ProbeResult['result'], readonly [word: string, tone: Tone]>> = {
  ok: ['Accepted', 'good'],
  failed: ['Failed', 'bad'],
  skipped: ['Not tried', 'quiet'],
}

export interface ProbedUrlsProps {
  readonly results: readonly ProbeResult[]
  /** What was presented. */
  readonly chain: readonly ChainCertificate[] | undefined
}

/** What each target said; those that failed stand open. */
export function ProbedUrls({ results, chain }: ProbedUrlsProps) {
  return (
    <ul className={styles.urls} aria-label="Probed urls">
      {results.map((result) => (
        <li key={`${result.url} ${result.mappings.map(({ id }) => id).join()}`}>
          <details open={result.result === 'failed'}>
            <summary>
              <Badge tone={words[result.result][1]}>{words[result.result][0]}</Badge>{' '}
              <code>
                <Breakable text={result.url} />
              </code>
            </summary>
            {result.result === 'skipped' ? (
              <p>{result.explanation}</p>
            ) : (
              <HandshakePicture url={result.url} outcome={result} chain={chain} isUrlShown={false} />
            )}
          </details>
        </li>
      ))}
    </ul>
  )
}
