import type { Certificate } from '@mtls-gateway/contract'
import { type ReactNode, useId } from 'react'
import { type Expiry, expiryOf } from '../format/expiry.ts'
import { Time } from './time.tsx'
import { useNow } from './use-now.ts'
import styles from './version-lane.module.css'

export interface VersionLaneProps {
  readonly certificate: Certificate
  /** Between the version before and the one in use. */
  readonly rollBack?: ReactNode
  /** Between the one in use and the next. */
  readonly promote?: ReactNode
}

interface Version {
  readonly word: string
  readonly kind: 'previous' | 'current' | 'staged'
  readonly fingerprint: string | null
  /** Milliseconds since 1970. Of a previous one it is only known when it got here: it was valid before. */
  readonly from: number
  readonly until: number | null
}

/** The versions of a certificate as bars on one time axis, with a line for now. */
export function VersionLane({ certificate, rollBack, promote }: VersionLaneProps) {
  const now = useNow()
  const versions = versionsOf(certificate)
  const ends = versions.map(({ from, until }) => until ?? from)
  const start = Math.min(now, ...versions.map(({ from }) => from))
  const end = Math.max(now, ...ends)
  const margin = Math.max(1, (end - start) * 0.03)
  const earlier = useId()
  const place = (at: number) => (1_000 * (at - start + margin)) / (end - start + 2 * margin)
  const barStart = ({ kind, from }: Version) => (kind === 'previous' ? 0 : place(from))
  return (
    <ol className={styles.lane} aria-label="Versions">
      {versions.map((version) => (
        <li key={version.kind}>
          <div className={styles.row}>
            <div className={styles.label}>
              <strong>{version.word}</strong>
              <code>{version.fingerprint?.slice(0, 12) ?? 'not signed yet'}</code>
            </div>
            <svg viewBox="0 0 1000 28" preserveAspectRatio="none" aria-hidden="true" className={styles.picture}>
              <rect className={styles.ground} x="0" y="0" width="1000" height="28" />
              {version.kind === 'previous' && (
                <mask id={earlier} maskContentUnits="objectBoundingBox">
                  <linearGradient id={`${earlier}-fade`}>
                    <stop offset="0" stopColor="black" />
                    <stop offset="0.2" stopColor="white" />
                  </linearGradient>
                  <rect width="1" height="1" fill={`url(#${earlier}-fade)`} />
                </mask>
              )}
              {version.until !== null && (
                <rect
                  className={`${styles[version.kind]} ${styles[toneOf(certificate, version, now)]}`}
                  x={barStart(version)}
                  y="6"
                  width={Math.max(4, place(version.until) - barStart(version))}
                  height="16"
                  mask={version.kind === 'previous' ? `url(#${earlier})` : undefined}
                />
              )}
              <line className={styles.now} x1={place(now)} x2={place(now)} y1="0" y2="28" />
            </svg>
            <span className={styles.until}>
              {version.until === null ? (
                '–'
              ) : (
                <>
                  {version.until < now ? 'expired' : 'expires'} <Time at={new Date(version.until).toISOString()} />
                </>
              )}
            </span>
          </div>
          {version.kind === 'previous' && rollBack !== undefined && <div className={styles.between}>{rollBack}</div>}
          {version.kind === 'current' && certificate.staged !== undefined && promote !== undefined && (
            <div className={styles.between}>{promote}</div>
          )}
        </li>
      ))}
      <li className={styles.axis} aria-hidden="true">
        <span style={{ left: `clamp(1.2em, ${place(now) / 10}%, 100% - 1.2em)` }}>now</span>
      </li>
    </ol>
  )
}

/** One in use whose key is lost is as bad as one that has expired. */
function toneOf({ status }: Certificate, { kind, until }: Version, now: number): Expiry {
  if (kind === 'current' && status === 'UnAvailable') return 'expired'
  return until === null ? 'later' : expiryOf(until, now)
}

function versionsOf(certificate: Certificate): readonly Version[] {
  const { previous, staged } = certificate
  const current: Version = {
    word: certificate.status === 'PendingSignature' ? 'Waiting for signature' : 'In use',
    kind: 'current',
    fingerprint: certificate.fingerprintSha256,
    from: Date.parse(certificate.notBefore ?? certificate.createdAt),
    until: timeOf(certificate.expirationDate),
  }
  return [
    ...(previous === undefined ? [] : [idle('Previous', 'previous', previous)]),
    current,
    ...(staged === undefined ? [] : [idle('Staged', 'staged', staged)]),
  ]
}

interface Idle {
  readonly fingerprintSha256: string | null
  readonly createdAt: string
  readonly expirationDate: string | null
}

function idle(word: string, kind: 'previous' | 'staged', version: Idle): Version {
  const { fingerprintSha256: fingerprint, createdAt, expirationDate } = version
  return { word, kind, fingerprint, from: Date.parse(createdAt), until: timeOf(expirationDate) }
}

function timeOf(text: string | null): number | null {
  return text === null ? null : Date.parse(text)
}
