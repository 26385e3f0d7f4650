import type { RecentCall } from '@mtls-gateway/contract'
import styles from './call-phases.module.css'

/** Where the time of a call went, as bars after one another. Their names and times stand beside them as text. */
export function CallPhases({ call }: { readonly call: RecentCall }) {
  const known = [
    ['Name look-up', call.lookUpMs],
    ['Connect', call.connectMs],
    ['TLS handshake', call.handshakeMs],
    ['Waiting', call.firstByteMs],
  ].flatMap(([name, ms]) => (typeof ms === 'number' ? [{ name: String(name), ms }] : []))
  const rest = Math.max(0, call.ms - known.reduce((sum, { ms }) => sum + ms, 0))
  const phases = [...known, { name: 'The rest', ms: rest }]
  const total = Math.max(call.ms, 1)
  let start = 0
  return (
    <figure className={styles.phases}>
      <figcaption>Where {Math.round(call.ms)} ms went</figcaption>
      <ul>
        {phases.map(({ name, ms }) => {
          const from = start
          start += ms
          return (
            <li key={name}>
              <span>{name}</span>
              <svg className={styles.bar} viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                <rect x={(100 * from) / total} y="1" width={Math.max(0.6, (100 * ms) / total)} height="8" rx="1" />
              </svg>
              <span className={styles.ms}>{ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms</span>
            </li>
          )
        })}
      </ul>
    </figure>
  )
}
