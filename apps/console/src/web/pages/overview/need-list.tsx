import { useState } from 'react'
import { Link } from 'wouter'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button, buttonClass } from '../../ui/button.tsx'
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

function NeedAction({ need: { does, id, name, calls, trial, question } }: { readonly need: Need }) {
  const accountId = useAccountId()
  const [to, word] =
    trial !== undefined
      ? [paths.tryCertificate(accountId, trial.certificateId, trial.url), 'Try the certificate']
      : question !== undefined
        ? [paths.explain(accountId, question), 'Explain']
        : does === 'calls'
          ? [paths.calls(accountId, { ...calls, ...(id !== undefined && { mappingId: id }) }), 'View calls']
          : id === undefined
            ? [paths.certificates(accountId), 'View certificates']
            : does === 'mapping'
              ? [paths.mapping(accountId, id), 'Open the mapping']
              : does === 'rotate'
                ? [paths.rotate(accountId, id), 'Rotate']
                : does === 'sign'
                  ? [paths.signing(accountId, id), 'Upload the certificate']
                  : [paths.certificate(accountId, id), 'View certificate']
  return (
    <Link to={to} className={buttonClass()} aria-label={`${word}: ${name}`}>
      {word}
    </Link>
  )
}
