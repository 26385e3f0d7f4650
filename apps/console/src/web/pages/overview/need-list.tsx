import { useState } from 'react'
import { Link } from 'wouter'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button, buttonClass } from '../../ui/button.tsx'
import { ChangeLink } from '../../ui/change-link.tsx'
import { LongText } from '../../ui/long-text.tsx'
import { Time } from '../../ui/time.tsx'
import styles from './need-list.module.css'
import type { Need } from './needs.ts'

const firstNeeds = 12

/** Each with what is to be done about it. */
export function NeedList({ needs }: { readonly needs: readonly Need[] }) {
  const [isWhole, setWhole] = useState(false)
  const shown = isWhole ? needs : needs.slice(0, firstNeeds)
  return (
    <>
      <ul className={styles.needs} aria-label="Needs attention">
        {shown.map((need) => (
          <li key={need.key}>
            <Badge tone={need.tone}>{need.word}</Badge>
            <div className={styles.text}>
              <strong>
                <LongText text={need.name} />
              </strong>
              <p>
                {need.text}
                {need.at !== undefined && (
                  <>
                    {' '}
                    <Time at={need.at} />.
                  </>
                )}
              </p>
            </div>
            <NeedAction need={need} />
          </li>
        ))}
      </ul>
      {shown.length < needs.length && (
        <div>
          <Button onClick={() => setWhole(true)}>Show all {needs.length}</Button>
        </div>
      )}
    </>
  )
}

function NeedAction({ need }: { readonly need: Need }) {
  const { to, word, isChange = false } = wayOf(useAccountId(), need)
  if (isChange) {
    return (
      <ChangeLink to={to} aria-label={`${word}: ${need.name}`}>
        {word}
      </ChangeLink>
    )
  }
  return (
    <Link to={to} className={buttonClass()} aria-label={`${word}: ${need.name}`}>
      {word}
    </Link>
  )
}

interface Way {
  readonly to: string
  readonly word: string
  /** It takes more than reading. */
  readonly isChange?: boolean
}

/** Where it is done, and what the button says. */
function wayOf(accountId: string, { does, id, calls, trial, question }: Need): Way {
  if (trial !== undefined) {
    const to = paths.tryCertificate(accountId, trial.certificateId, trial.url)
    return { to, word: 'Try the certificate', isChange: true }
  }
  if (question !== undefined) return { to: paths.explain(accountId, question), word: 'Explain' }
  if (does === 'calls') {
    return { to: paths.calls(accountId, { ...calls, ...(id !== undefined && { mappingId: id }) }), word: 'View calls' }
  }
  if (id === undefined) return { to: paths.certificates(accountId), word: 'View certificates' }
  switch (does) {
    case 'mapping':
      return { to: paths.mapping(accountId, id), word: 'Open the mapping' }
    case 'rotate':
      return { to: paths.rotate(accountId, id), word: 'Rotate', isChange: true }
    case 'sign':
      return { to: paths.signing(accountId, id), word: 'Upload the certificate', isChange: true }
    default:
      return { to: paths.certificate(accountId, id), word: 'View certificate' }
  }
}
