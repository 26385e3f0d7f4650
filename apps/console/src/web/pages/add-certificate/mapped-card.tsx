import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { explanationQuery } from '../../api/explanation.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Breakable } from '../../ui/long-text.tsx'
import { Notice } from '../../ui/notice.tsx'
import styles from './mapped-card.module.css'

export interface MappedCardProps {
  readonly certificateId: number
  /** By name. */
  readonly service: string
  readonly url: string
  readonly onAnother: () => void
}

/** The end of the way: what a call gets from now on, in the gateway's words, and where to go on. */
export function MappedCard({ certificateId, service, url, onAnother }: MappedCardProps) {
  const accountId = useAccountId()
  // What a call to a pattern would get depends on the rest of its url.
  const { data } = useQuery({ ...explanationQuery(accountId, service, url), enabled: !url.includes('*') })
  return (
    <Card title="Mapped">
      <Notice
        tone={data === undefined || data.outcome === 'certificate' ? 'good' : 'warn'}
        title={
          <>
            Calls of {service} to <Breakable text={url} /> are mapped.
          </>
        }
      >
        {data?.explanation}
      </Notice>
      {data?.targetAccess.verdict === 'refused' && <Notice tone="bad" title={data.targetAccess.explanation} />}
      <div className={styles.actions}>
        <Link to={paths.certificate(accountId, certificateId)} className={buttonClass('primary')}>
          Open the certificate
        </Link>
        <Link to={paths.explain(accountId, { service, url })} className={buttonClass()}>
          Explain a call
        </Link>
        <Link to={paths.appKeys(accountId)} className={buttonClass()}>
          App keys for the calls
        </Link>
        <Button onClick={onAnother}>Map another url</Button>
      </div>
    </Card>
  )
}
