import { type ChainLink, issuerMatches, shortName } from './issuer-matches.ts'
import styles from './issuers-beside-chain.module.css'

/** A target may name hundreds. */
const mostIssuers = 8
const rowHeight = 52
const gutter = 56

export interface IssuersBesideChainProps {
  /** Leaf first. */
  readonly chain: readonly ChainLink[]
  /** Those that the target named; none: it did not say. */
  readonly acceptable: readonly string[]
}

/**
 * The chain on the left, the issuers that the target accepts on the right; a line joins a certificate and its issuer.
 */
export function IssuersBesideChain({ chain, acceptable }: IssuersBesideChainProps) {
  const { issuers, pairs } = issuerMatches(chain, acceptable)
  const shown = issuers.slice(0, mostIssuers)
  const middleOf = (row: number) => rowHeight / 2 + row * rowHeight
  return (
    <div className={`${styles.both} ${chain.length === 0 ? styles.alone : ''}`}>
      {chain.length > 0 && <h3 className={styles.chainHead}>This chain</h3>}
      <ol className={styles.chain}>
        {chain.map(({ subject, issuer }, link) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a chain may have a name twice
          <li key={link} className={pairs.some(([of]) => of === link) ? styles.match : undefined}>
            <span title={subject}>{shortName(subject)}</span>
            <small title={issuer}>from {shortName(issuer)}</small>
          </li>
        ))}
      </ol>
      <svg
        width={gutter}
        height={Math.max(chain.length, shown.length) * rowHeight}
        aria-hidden="true"
        className={styles.lines}
      >
        {pairs
          .filter(([, issuer]) => issuer < shown.length)
          .map(([link, issuer]) => (
            <line key={`${link} ${issuer}`} x1={0} x2={gutter} y1={middleOf(link)} y2={middleOf(issuer)} />
          ))}
      </svg>
      <h3 className={styles.issuersHead}>The target accepts</h3>
      <ul className={styles.issuers}>
        {shown.map((issuer, at) => (
          <li key={issuer} className={pairs.some(([, of]) => of === at) ? styles.match : undefined}>
            <span title={issuer}>{shortName(issuer)}</span>
            {pairs.some(([, of]) => of === at) && <small>issued a certificate of this chain</small>}
          </li>
        ))}
        {issuers.length > shown.length && (
          <li>
            <span>and {issuers.length - shown.length} more</span>
          </li>
        )}
      </ul>
      {chain.length > 0 && <p className={styles.verdict}>{verdictOf(pairs.length, acceptable.length)}</p>}
    </div>
  )
}

function verdictOf(matches: number, acceptable: number): string {
  if (acceptable === 0) return 'The target does not say which issuers it accepts.'
  return matches > 0 ? 'The two lists have an issuer in common.' : 'The two lists have no issuer in common.'
}
