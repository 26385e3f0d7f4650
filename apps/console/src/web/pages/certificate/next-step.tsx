import type { CertificateDetails } from '@mtls-gateway/contract'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { buttonClass } from '../../ui/button.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Time } from '../../ui/time.tsx'
import { useNow } from '../../ui/use-now.ts'
import { warningSentence } from '../../ui/warning-sentence.ts'

const soonMs = 30 * 24 * 60 * 60_000

/** What needs somebody: the one thing first, then what is weak but works. */
export function NextStep({ certificate }: { readonly certificate: CertificateDetails }) {
  const { id, warnings } = certificate
  const sentences = warnings.flatMap((code) => {
    const sentence = code === 'CERTIFICATE_EXPIRES_SOON' ? undefined : warningSentence(code)
    return sentence === undefined ? [] : [{ code, sentence }]
  })
  return (
    <>
      <Urgent certificate={certificate} key={id} />
      {sentences.map(({ code, sentence }) => (
        <Notice key={code} tone="warn" title="Warning">
          {sentence}
        </Notice>
      ))}
    </>
  )
}

function Urgent({ certificate }: { readonly certificate: CertificateDetails }) {
  const accountId = useAccountId()
  const now = useNow()
  const { id, status, expirationDate, staged } = certificate
  const link = (to: string, text: string): ReactNode => (
    <Link to={to} className={buttonClass()}>
      {text}
    </Link>
  )
  if (status === 'PendingSignature') {
    return (
      <Notice
        tone="warn"
        title="It waits for its signature."
        action={link(paths.signing(accountId, id), 'Give back the CA’s answer')}
      >
        The gateway has the key. Once your CA has signed the request, give back what it answered.
      </Notice>
    )
  }
  if (staged?.status === 'PendingSignature') {
    return (
      <Notice
        tone="accent"
        title="Its next version waits for its signature."
        action={link(paths.signing(accountId, id), 'Give back the CA’s answer')}
      />
    )
  }
  const rotate = link(paths.rotate(accountId, id), 'Rotate')
  if (status === 'UnAvailable') {
    return (
      <Notice tone="bad" title="Its private key is lost: calls that present it fail." action={rotate}>
        The store no longer has the key. Upload the certificate again as its next version.
      </Notice>
    )
  }
  if (expirationDate === null) return null
  if (status === 'Expired') {
    return (
      <Notice tone="bad" title="It has expired: calls that present it fail." action={rotate}>
        It expired <Time at={expirationDate} />.
      </Notice>
    )
  }
  if (Date.parse(expirationDate) - now > soonMs) return null
  return (
    <Notice tone="warn" title="It expires soon." action={rotate}>
      It expires <Time at={expirationDate} />. Stage its next version, try it, and put it in use without a failed call.
    </Notice>
  )
}
