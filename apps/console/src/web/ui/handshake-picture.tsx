import type { ChainLink } from './handshake/issuer-matches.ts'
import { IssuersBesideChain } from './handshake/issuers-beside-chain.tsx'
import type { HandshakeOutcome } from './handshake/outcome.ts'
import { NarrowTrack, WideTrack } from './handshake/station-track.tsx'
import { type StationState, wayOf } from './handshake/stations.ts'
import styles from './handshake-picture.module.css'
import { Breakable } from './long-text.tsx'
import { toneClass } from './tone.ts'

export { type HandshakeOutcome, outcomeOfTestCall } from './handshake/outcome.ts'

const words: Readonly<Record<StationState, string>> = {
  passed: 'yes',
  broken: 'no',
  doubtful: 'unclear',
  skipped: 'no',
  ahead: 'the call did not get there',
}

export interface HandshakePictureProps {
  /** The url that was called. */
  readonly url: string
  readonly outcome: HandshakeOutcome
  /** What was presented, leaf first. */
  readonly chain?: readonly ChainLink[] | undefined
  /** False: it stands above the picture already. */
  readonly isUrlShown?: boolean
}

/** How far a call with a client certificate got, in five stations; the one that broke carries the sentence. */
export function HandshakePicture({ url, outcome, chain = [], isUrlShown = true }: HandshakePictureProps) {
  const { stations, telling } = wayOf(outcome)
  const told = stations[telling]
  const isRefused = told?.name === 'Accepted' && told.state === 'broken'
  return (
    <figure className={styles.picture} aria-label={`Handshake with ${url}`}>
      {isUrlShown && (
        <figcaption>
          <Breakable text={url} />
        </figcaption>
      )}
      <WideTrack stations={stations} telling={telling} />
      <NarrowTrack stations={stations} />
      <ol className={styles.text} aria-label="Stations">
        {stations.map(({ name, state, found }) => (
          <li key={name}>
            {name}: {state === 'skipped' && name === 'Accepted' ? 'nothing to accept' : words[state]}
            {found !== undefined && `, ${found}`}
          </li>
        ))}
      </ol>
      <div className={`${styles.sentence} ${toneClass(toneOf(told?.state, outcome))}`}>
        <strong>{told?.state === 'passed' ? 'Accepted' : `${told?.name}: ${words[told?.state ?? 'ahead']}`}</strong>
        <p>{outcome.explanation}</p>
        {outcome.error && <small>{outcome.error.code}</small>}
        {outcome.alert && (
          <small>
            TLS alert of the {outcome.alert.from}: {outcome.alert.description}
          </small>
        )}
      </div>
      {(outcome.acceptableIssuers.length > 0 || (chain.length > 0 && isRefused)) && (
        <IssuersBesideChain chain={chain} acceptable={outcome.acceptableIssuers} />
      )}
    </figure>
  )
}

function toneOf(state: StationState | undefined, { error }: HandshakeOutcome): 'good' | 'warn' | 'bad' {
  if (state === 'broken') return 'bad'
  return state === 'passed' && error === null ? 'good' : 'warn'
}
