import type { CertificateDetails } from '@mtls-gateway/contract'
import { expiryOf } from '../../format/expiry.ts'
import { renewsItself } from '../../format/renewal.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { ChangeLink } from '../../ui/change-link.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Time } from '../../ui/time.tsx'
import { useNow } from '../../ui/use-now.ts'
import { warningSentence } from '../../ui/warning-sentence.ts'

interface NextStepProps {
  readonly certificate: CertificateDetails
}

/** What needs attention: why calls fail, what waits or comes soon, and what is weak but works. */
export function NextStep({ certificate }: NextStepProps) {
  const sentences = certificate.warnings.flatMap((code) => {
    const sentence = code === 'CERTIFICATE_EXPIRES_SOON' ? undefined : warningSentence(code)
    return sentence === undefined ? [] : [{ code, sentence }]
  })
  return (
    <>
      <Failing certificate={certificate} />
      <Waiting certificate={certificate} />
      {sentences.map(({ code, sentence }) => (
        <Notice key={code} tone="warn" title="Warning">
          {sentence}
        </Notice>
      ))}
    </>
  )
}

function Failing({ certificate: { status, expirationDate } }: NextStepProps) {
  if (status === 'UnAvailable') {
    return (
      <Notice tone="bad" title="The private key is lost: calls that present this certificate fail">
        The key store no longer has it. Rotate to a new certificate.
      </Notice>
    )
  }
  if (status !== 'Expired' || expirationDate === null) return null
  return (
    <Notice tone="bad" title="Expired: calls that present this certificate fail">
      It expired <Time at={expirationDate} />. Rotate to a new certificate.
    </Notice>
  )
}

function Waiting({ certificate }: NextStepProps) {
  const { id, status, expirationDate, staged, plan } = certificate
  const accountId = useAccountId()
  const now = useNow()
  const giveBack = <StepLink to={paths.signing(accountId, id)}>Upload the signed certificate</StepLink>
  if (status === 'PendingSignature' && plan) {
    return (
      <Notice tone="accent" title={`Ordered from ${plan.profile ?? plan.source}`} action={giveBack}>
        The gateway has made the key.{' '}
        {plan.waitsFor === 'signature'
          ? 'Take its signing request to the CA (mtls plan show prints it), and upload what the CA signs.'
          : 'It puts the certificate in use once the issuer sends it. Upload it here if you have it already.'}
      </Notice>
    )
  }
  if (status === 'PendingSignature') {
    return (
      <Notice tone="warn" title="Waiting for the signature of your CA" action={giveBack}>
        The gateway has made the key. Once your CA has signed the request, upload the certificate here.
      </Notice>
    )
  }
  if (staged?.status === 'PendingSignature' && !plan?.next) {
    return <Notice tone="warn" title="The next version is waiting for the signature of your CA" action={giveBack} />
  }
  if (status !== 'Available' || expirationDate === null || renewsItself(certificate)) return null
  const expiry = expiryOf(Date.parse(expirationDate), now)
  if (expiry !== 'urgent' && expiry !== 'soon') return null
  return (
    <Notice tone={expiry === 'urgent' ? 'bad' : 'warn'} title="Expires soon">
      It expires <Time at={expirationDate} />. Rotate it to put a new certificate in use without a failed call.
    </Notice>
  )
}

function StepLink({ to, children }: { readonly to: string; readonly children: string }) {
  return <ChangeLink to={to}>{children}</ChangeLink>
}
