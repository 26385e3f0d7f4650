import type { Explanation, NearMiss } from '@mtls-gateway/contract'
import { Link } from 'wouter'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { Badge } from '../../ui/badge.tsx'
import { buttonClass } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { CertificateStatus } from '../../ui/certificate-status.tsx'
import { ChangeLink } from '../../ui/change-link.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Breakable } from '../../ui/long-text.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Time } from '../../ui/time.tsx'
import styles from './explanation-view.module.css'
import { markDifference } from './mark-difference.ts'

const titles = {
  certificate: 'The call presents a certificate',
  error: 'The call fails',
  unmapped: 'The call presents no certificate',
} as const

const differences: Readonly<Record<NearMiss['differences'][number], string>> = {
  query: 'query',
  case: 'upper and lower case',
  'trailing-slash': 'slash at the end',
  service: 'service',
  disabled: 'disabled',
  shadowed: 'a more specific mapping comes first',
}

/** A sentence, the mapping that wins, and those that nearly did. */
export function ExplanationView({ explanation }: { readonly explanation: Explanation }) {
  const accountId = useAccountId()
  const { outcome, mapping, certificate, matchedBy, targetAccess, code, url, serviceId } = explanation
  // What is wrong with the mapping that wins, the sentence says.
  const nearMisses = explanation.nearMisses.filter((miss) => miss.mapping.id !== mapping?.id)
  const tone = outcome === 'certificate' ? 'good' : outcome === 'error' ? 'bad' : 'warn'
  return (
    <>
      <Notice
        tone={tone}
        title={titles[outcome]}
        action={
          outcome === 'unmapped' && (
            <ChangeLink to={paths.newMapping(accountId, { url, ...(serviceId !== null && { serviceId }) })}>
              Map this url
            </ChangeLink>
          )
        }
      >
        <p>{explanation.explanation}</p>
        {code !== null && <small>{code}</small>}
      </Notice>
      {mapping && (
        <Card
          title="The matching mapping"
          action={
            <Link to={paths.mapping(accountId, mapping.id)} className={buttonClass()}>
              Open the mapping
            </Link>
          }
        >
          <Facts
            facts={{
              Name: mapping.name,
              Url: (
                <code>
                  <Breakable text={mapping.url} />
                </code>
              ),
              'Matched by': matchedBy === 'exact' ? 'exactly this url' : 'its pattern',
              Certificate: certificate ? (
                <>
                  <Link to={paths.certificate(accountId, certificate.id)}>{certificate.name}</Link>{' '}
                  <CertificateStatus certificate={certificate} />{' '}
                  {certificate.status === 'Expired' && (
                    <Link to={paths.rotate(accountId, certificate.id)}>Rotate it</Link>
                  )}
                </>
              ) : (
                'gone'
              ),
              Expires:
                certificate && certificate.expirationDate !== null ? (
                  <Time at={certificate.expirationDate} />
                ) : undefined,
            }}
          />
        </Card>
      )}
      {outcome === 'certificate' && certificate && (
        <Notice
          tone="accent"
          title="Does it fail all the same?"
          action={
            <ChangeLink to={paths.tryCertificate(accountId, certificate.id, url)}>
              Try the certificate at this url
            </ChangeLink>
          }
        >
          Nothing was called here. One call shows whether the target accepts this certificate, and which CAs it wants.
        </Notice>
      )}
      {mapping && (
        <Notice
          tone={targetAccess.verdict === 'allowed' ? 'good' : targetAccess.verdict === 'refused' ? 'bad' : 'warn'}
          title="The way to the target"
        >
          <p>{targetAccess.explanation}</p>
        </Notice>
      )}
      {nearMisses.length > 0 && (
        <Card title="Mappings that almost match">
          <ul className={styles.misses}>
            {nearMisses.map((miss) => (
              <li key={miss.mapping.id}>
                <div>
                  <Link to={paths.mapping(accountId, miss.mapping.id)}>{miss.mapping.name}</Link>
                  {miss.differences.map((difference) => (
                    <Badge key={difference} tone="warn">
                      {differences[difference]}
                    </Badge>
                  ))}
                </div>
                <MarkedUrl url={miss.mapping.url} other={url} />
                <p>{miss.explanation}</p>
              </li>
            ))}
          </ul>
        </Card>
      )}
    </>
  )
}

/** The part of a mapping's url in which it differs from the call's. */
function MarkedUrl({ url, other }: { readonly url: string; readonly other: string }) {
  const [before, different, after] = markDifference(url, other)
  return (
    <code className={styles.url}>
      {before}
      {different !== '' && <mark>{different}</mark>}
      {after}
    </code>
  )
}
