import type { CertificateDetails } from '@mtls-gateway/contract'
import { Link } from 'wouter'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { buttonClass } from '../../ui/button.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Time } from '../../ui/time.tsx'
import { useNow } from '../../ui/use-now.ts'
import { warningSentence } from '../../ui/warning-sentence.ts'

const soonMs = 30 * 24 * 60 * 60_000

interface NextStepProps {
  readonly certificate: CertificateDetails
}

/** What needs somebody: why calls fail, what waits or comes soon, and what is weak but works. */
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

function Failing({ certificate: { id, status, expirationDate } }: NextStepProps) {
  const rotate = <StepLink to={paths.rotate(useAccountId(), id)}>Rotate</StepLink>
  if (status === 'UnAvailable') {
    return (
      <Notice tone="bad" title="Its private key is lost: calls that present it fail." action={rotate}>
        The store no longer has the key. Upload the certificate again as its next version.
      </Notice>
    )
  }
  if (status !== 'Expired' || expirationDate === null) return null
  return (
    <Notice tone="bad" title="It has expired: calls that present it fail." action={rotate}>
      It expired <Time at={expirationDate} />.
    </Notice>
  )
}

function Waiting({ certificate: { id, status, expirationDate, staged } }: NextStepProps) {
  const accountId = useAccountId()
  const now = useNow()
  const giveBack = <StepLink to={paths.signing(accountId, id)}>Give back the CA’s answer</StepLink>
  if (status === 'PendingSignature') {
    return (
      <Notice tone="warn" title="It waits for its signature." action={giveBack}>
        The gateway has the key. Once your CA has signed the request, give back what it answered.
      </Notice>
    )
  }
  if (staged?.status === 'PendingSignature') {
    return <Notice tone="warn" title="Its next version waits for its signature." action={giveBack} />
  }
  if (status !== 'Available' || expirationDate === null || Date.parse(expirationDate) - now > soonMs) return null
  return (
    <Notice tone="warn" title="It expires soon." action={<StepLink to={paths.rotate(accountId, id)}>Rotate</StepLink>}>
      It expires <Time at={expirationDate} />. Stage its next version, try it, and put it in use without a failed call.
    </Notice>
  )
}

function StepLink({ to, children }: { readonly to: string; readonly children: string }) {
  return (
    <Link to={to} className={buttonClass()}>
      {children}
    </Link>
  )
}
