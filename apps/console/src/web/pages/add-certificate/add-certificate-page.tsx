import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import { certificateQuery } from '../../api/certificates.ts'
import { useMissingScope } from '../../api/session.ts'
import { PageHeader } from '../../layout/page-header.tsx'
import { useAccountId } from '../../routing/account-id.ts'
import { useFilters, whole } from '../../routing/filters.ts'
import { paths } from '../../routing/paths.ts'
import { Answered } from '../../ui/answered.tsx'
import { AsCommand } from '../../ui/as-command.tsx'
import { Card } from '../../ui/card.tsx'
import { FocusHere } from '../../ui/focus-here.tsx'
import { withFiles } from '../../ui/key-material/chosen-file.ts'
import { KeyFileField } from '../../ui/key-material/key-file-field.tsx'
import { useKeyTester } from '../../ui/key-material/use-key-tester.ts'
import { Verdict } from '../../ui/key-material/verdict.tsx'
import { emptyTls } from '../../ui/target-tls.ts'
import { MapStep } from './map-step.tsx'
import { StoreStep } from './store-step.tsx'
import { type Target, TryStep } from './try-step.tsx'

/** Once it is stored, the url has its id: the rest goes on from there. */
const readers = { certificateId: whole }

/** From a file to calls that present its certificate. */
export function AddCertificatePage() {
  const accountId = useAccountId()
  const { filters, narrow } = useFilters(readers)
  const [target, setTarget] = useState<Target>({ url: '', method: 'HEAD', privateCa: '', tls: emptyTls })
  const { certificateId } = filters
  return (
    <>
      <PageHeader title="Add a certificate" above={<Link to={paths.certificates(accountId)}>Certificates</Link>}>
        {certificateId === undefined && (
          <>
            Do you have no certificate yet? <Link to={paths.issueCertificate(accountId)}>Order one</Link> from an issuer
            of this gateway, or <Link to={paths.requestCertificate(accountId)}>make a signing request</Link> for your
            CA: the key never leaves the gateway.
          </>
        )}
      </PageHeader>
      {certificateId === undefined ? (
        <FileSteps target={target} onTarget={setTarget} onStored={({ id }) => narrow({ certificateId: id })} />
      ) : (
        <Stored certificateId={certificateId} target={target} />
      )}
    </>
  )
}

interface FileStepsProps {
  readonly target: Target
  readonly onTarget: (target: Target) => void
  readonly onStored: (certificate: { readonly id: number }) => void
}

function FileSteps({ target, onTarget, onStored }: FileStepsProps) {
  const tester = useKeyTester(useAccountId())
  const missingScope = useMissingScope('mtls:write')
  const { chosen, tested } = tester
  return (
    <>
      <Card title="Choose the file">
        <KeyFileField tester={tester} disabledReason={missingScope} />
        <Verdict tester={tester} />
        {chosen?.material !== undefined && <AsCommand command={withFiles(chosen, (words) => `mtls test ${words}`)} />}
      </Card>
      {chosen !== undefined && tested !== undefined && (
        <>
          <TryStep key={`try ${chosen.names}`} tested={tested} chosen={chosen} target={target} onTarget={onTarget} />
          <StoreStep key={`store ${chosen.names}`} tested={tested} chosen={chosen} onStored={onStored} />
        </>
      )}
    </>
  )
}

function Stored({ certificateId, target }: { readonly certificateId: number; readonly target: Target }) {
  const query = useQuery(certificateQuery(useAccountId(), String(certificateId)))
  const certificate = query.data?.body
  return (
    <Answered query={query} label="Loading the certificate">
      {certificate && (
        <FocusHere>
          <MapStep certificate={certificate} target={target} />
        </FocusHere>
      )}
    </Answered>
  )
}
