import type { CertificateDetails } from '@mtls-gateway/contract'
import { dayOf } from '../../format/day.ts'
import { Card } from '../../ui/card.tsx'
import { Copy } from '../../ui/copy.tsx'
import { Expires } from '../../ui/expires.tsx'
import { Facts } from '../../ui/facts.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import styles from './facts-card.module.css'

const firstNames = 8

const clientAuthWords = {
  present: 'Yes, by clientAuth',
  absent: 'No: its extended key usage lacks clientAuth',
  unrestricted: 'Yes: it has no extended key usage',
} as const

type ChainEntry = CertificateDetails['chain'][number]

const chainColumns: readonly Column<ChainEntry>[] = [
  { head: 'Subject', cell: ({ subject }) => subject },
  { head: 'Issuer', cell: ({ issuer }) => issuer },
  { head: 'Expires', cell: ({ notAfter }) => <Time at={notAfter} /> },
]

/** What the certificate in use says, and its chain. */
export function FactsCard({ certificate }: { readonly certificate: CertificateDetails }) {
  const { fingerprintSha256, notBefore, expirationDate, clientAuth, chain } = certificate
  const { subjectAltNames, keyUsage, extendedKeyUsage, managedBy } = certificate
  return (
    <>
      <Card title="Certificate">
        <Facts
          facts={{
            Subject: certificate.subject,
            'Other names': subjectAltNames.length === 0 ? undefined : <Names names={subjectAltNames} />,
            Issuer: certificate.issuer ?? undefined,
            Valid:
              notBefore === null || expirationDate === null ? undefined : (
                <>
                  {dayOf(notBefore)} to {dayOf(expirationDate)}, <Expires at={expirationDate} />
                </>
              ),
            Key: certificate.keyType,
            'Key usage': listed(keyUsage),
            'Extended key usage': listed(extendedKeyUsage),
            'Meant for clients': clientAuth === null ? undefined : clientAuthWords[clientAuth],
            'Serial number': certificate.serialNumber === null ? undefined : <code>{certificate.serialNumber}</code>,
            'SHA-256 fingerprint': fingerprintSha256 === null ? undefined : <Fingerprint hex={fingerprintSha256} />,
            'Managed by': managedBy && `The document ${managedBy}`,
            Id: certificate.id,
            Stored: <Time at={certificate.createdAt} />,
            Changed: certificate.updatedAt === certificate.createdAt ? undefined : <Time at={certificate.updatedAt} />,
          }}
        />
      </Card>
      {chain.length > 0 && (
        <Card title="Chain">
          <Table
            label="Chain, the certificate first"
            columns={chainColumns}
            rows={chain}
            keyOf={({ fingerprintSha256: of }) => of}
          />
        </Card>
      )}
    </>
  )
}

function Fingerprint({ hex }: { readonly hex: string }) {
  return (
    <span className={styles.fingerprint}>
      <code>{hex}</code>
      <Copy text={hex} label="Copy the fingerprint" />
    </span>
  )
}

/** The first of them, as there may be hundreds. */
function Names({ names }: { readonly names: readonly string[] }) {
  const [first, rest] = [names.slice(0, firstNames), names.slice(firstNames)]
  return (
    <>
      <NameList names={first} />
      {rest.length > 0 && (
        <details>
          <summary className={styles.more}>{rest.length} more</summary>
          <NameList names={rest} />
        </details>
      )}
    </>
  )
}

function NameList({ names }: { readonly names: readonly string[] }) {
  return (
    <ul className={styles.names}>
      {names.map((name) => (
        <li key={name}>{name}</li>
      ))}
    </ul>
  )
}

function listed(values: readonly string[]) {
  return values.length === 0 ? undefined : values.join(', ')
}
