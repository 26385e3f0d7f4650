import type { Certificate } from '@mtls-gateway/contract'
import { expiryOf, soonMs } from '../../format/expiry.ts'
import { relativeTime } from '../../format/relative-time.ts'
import styles from './expiry-strip.module.css'

const dayMs = 86_400_000
const beforeMs = 45 * dayMs
const afterMs = 400 * dayMs
const width = 1_000

/** A real time axis, from some weeks ago to a year ahead, with a tick for each certificate. */
export function ExpiryStrip({
  certificates,
  now,
}: {
  readonly certificates: readonly Certificate[]
  readonly now: number
}) {
  const ticks = certificates.flatMap(({ id, name, expirationDate }) =>
    expirationDate === null ? [] : [{ id, name, at: Date.parse(expirationDate) }],
  )
  const shown = ticks.filter(({ at }) => at > now - beforeMs && at < now + afterMs)
  const place = (at: number) => (width * (at - now + beforeMs)) / (beforeMs + afterMs)
  return (
    <figure className={styles.strip}>
      <svg viewBox={`0 0 ${width} 64`} preserveAspectRatio="none" aria-hidden="true" className={styles.picture}>
        <rect className={styles.past} x="0" y="8" width={place(now)} height="40" />
        <rect className={styles.soon} x={place(now)} y="8" width={place(now + soonMs) - place(now)} height="40" />
        <line className={styles.axis} x1="0" x2={width} y1="48" y2="48" />
        {months(now).map(({ at }) => (
          <line key={at} className={styles.month} x1={place(at)} x2={place(at)} y1="48" y2="54" />
        ))}
        {shown.map(({ id, name, at }) => (
          <line key={id} className={toneOf(at, now)} x1={place(at)} x2={place(at)} y1="14" y2="48">
            <title>{`${name}: ${new Date(at).toISOString().slice(0, 10)}`}</title>
          </line>
        ))}
        <line className={styles.now} x1={place(now)} x2={place(now)} y1="2" y2="56" />
      </svg>
      <div className={styles.labels} aria-hidden="true">
        <span className={styles.label} style={{ left: `${place(now) / 10}%` }}>
          now
        </span>
        {months(now)
          .filter((_, index) => index % 3 === 2)
          .map(({ at, word }) => (
            <span key={at} className={styles.label} style={{ left: `${place(at) / 10}%` }}>
              {word}
            </span>
          ))}
      </div>
      <figcaption>{sentence(ticks, now)}</figcaption>
    </figure>
  )
}

/** The beginnings of the months ahead. */
function months(now: number): readonly { readonly at: number; readonly word: string }[] {
  const first = new Date(now)
  return Array.from({ length: 13 }, (_, index) => {
    const at = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + index + 1, 1))
    return {
      at: at.getTime(),
      word: `${at.toLocaleDateString('en', { month: 'short', timeZone: 'UTC' })} ’${String(at.getUTCFullYear()).slice(2)}`,
    }
  }).filter(({ at }) => at < now + afterMs)
}

const tones = { expired: styles.bad, urgent: styles.bad, soon: styles.warn, later: styles.good }

function toneOf(at: number, now: number): string | undefined {
  return tones[expiryOf(at, now)]
}

function sentence(ticks: readonly { readonly name: string; readonly at: number }[], now: number): string {
  const ahead = ticks.filter(({ at }) => at > now).toSorted((a, b) => a.at - b.at)
  const over = ticks.length - ahead.length
  const [next] = ahead
  const expired = over === 0 ? '' : `${over} ${over === 1 ? 'certificate has' : 'certificates have'} expired. `
  if (next === undefined) return `${expired}No other certificate has a date of expiry.`
  return `${expired}Next to expire: ${next.name}, ${relativeTime(next.at, now)}. The next ${soonMs / dayMs} days are shaded.`
}
