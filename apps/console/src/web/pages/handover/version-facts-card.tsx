import type { VersionFacts } from '@mtls-gateway/contract'
import { dayOf } from '../../format/day.ts'
import { Badge } from '../../ui/badge.tsx'
import { Card } from '../../ui/card.tsx'
import { Copy } from '../../ui/copy.tsx'
import { Download } from '../../ui/download.tsx'
import { Expires } from '../../ui/expires.tsx'
import { Facts } from '../../ui/facts.tsx'
import styles from './version-facts-card.module.css'

export interface VersionFactsCardProps {
  readonly title: string
  readonly version: VersionFacts
  readonly isNext?: boolean
}

const pemType = 'application/x-pem-file'

/** All that somebody may ask for who registers a certificate by hand, to copy and to download. */
export function VersionFactsCard({ title, version, isNext = false }: VersionFactsCardProps) {
  const { certificates, subjectAltNames, notBefore, notAfter } = version
  const [leaf, ...issuers] = certificates
  const name = isNext ? 'next' : 'current'
  const of = isNext ? 'of what comes next' : 'of what is in use'
  const copied = (label: string, text: string) => (
    <span className={styles.value}>
      <code>{text}</code>
      <Copy text={text} label={`Copy the ${label} ${of}`} />
    </span>
  )
  const withoutRoot = certificates.filter(({ isRoot }) => !isRoot)
  const pem = (chain: VersionFacts['certificates']) => chain.map((each) => each.pem).join('')
  return (
    <Card title={title} action={isNext && <Badge tone="good">Register this one</Badge>}>
      <fieldset className={styles.downloads}>
        <legend>Download</legend>
        <Download content={pem(withoutRoot)} name={`${name}-chain.pem`} type={pemType}>
          Chain as PEM
        </Download>
        {withoutRoot.length < certificates.length && (
          <Download content={pem(certificates)} name={`${name}-chain-with-root.pem`} type={pemType}>
            Chain with root as PEM
          </Download>
        )}
        {leaf && (
          <>
            <Download content={leaf.pem} name={`${name}.pem`} type={pemType}>
              Certificate as PEM
            </Download>
            <Download content={derOf(leaf.pem)} name={`${name}.der`} type="application/pkix-cert">
              Certificate as DER
            </Download>
          </>
        )}
      </fieldset>
      <Facts
        facts={{
          Subject: copied('subject', version.subject),
          'Subject, OpenSSL’s order': copied('subject in OpenSSL’s order', version.subjectInOrder),
          Issuer: copied('issuer', version.issuer),
          'Other names': subjectAltNames.length === 0 ? undefined : subjectAltNames.join(', '),
          Valid: (
            <>
              {dayOf(notBefore)} to {dayOf(notAfter)}, <Expires at={notAfter} />
            </>
          ),
          Key: version.keyType,
          'Serial number': copied('serial number', version.serialNumber),
          'Serial number, decimal': copied('serial number as decimal', version.serialNumberDecimal),
          'SHA-256 thumbprint': copied('SHA-256 thumbprint', version.fingerprintSha256),
          'SHA-1 thumbprint': copied('SHA-1 thumbprint', version.fingerprintSha1),
          'Public key pin': copied('public key pin', version.publicKeyPin),
        }}
      />
      {issuers.length > 0 && (
        <details>
          <summary className={styles.more}>The certificates above it</summary>
          <ul className={styles.issuers}>
            {issuers.map((issuer, at) => (
              <li key={issuer.pem}>
                <span>
                  {issuer.subject} {issuer.isRoot && <Badge>root</Badge>}
                </span>
                <Download
                  content={derOf(issuer.pem)}
                  name={`${name}-issuer-${at + 1}.der`}
                  type="application/pkix-cert"
                >
                  {`Issuer ${at + 1} as DER`}
                </Download>
              </li>
            ))}
          </ul>
        </details>
      )}
    </Card>
  )
}

/** The bytes of a certificate that has no other text around it. */
function derOf(pem: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(pem.replaceAll(/-----[A-Z ]+-----|\s/g, '')), (letter) => letter.charCodeAt(0))
}
