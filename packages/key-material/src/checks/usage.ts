import type { Certificate } from '../certificate/certificate.ts'
import { clientAuth } from '../certificate/facts.ts'
import { requestForClientAuth } from '../report/commands.ts'
import type { Problem } from '../report/report.ts'
import { warning } from './problems.ts'

/** Key usage, extended key usage and basic constraints, as far as a target may check them in a client certificate. */
export function checkUsage({ x509, mayDigitallySign }: Certificate): Problem[] {
  const problems: Problem[] = []
  if (clientAuth(x509.keyUsage) === 'absent') {
    problems.push(
      warning(
        'CLIENT_AUTH_ABSENT',
        'The certificate is not meant for clients: its extended key usage lacks clientAuth, and many targets refuse it. ' +
          "Public CAs stop issuing certificates for clients: get one from the target's own CA, or from a private one.",
        requestForClientAuth,
      ),
    )
  }
  if (!mayDigitallySign) {
    const message =
      'The key usage lacks digitalSignature, which a client needs in the handshake: targets may refuse it.'
    problems.push(warning('KEY_USAGE_UNFIT', message, requestForClientAuth))
  }
  if (x509.ca) {
    const message =
      "The certificate is a CA's own. Targets may refuse it as a client's; issue one for the client with it."
    problems.push(warning('LEAF_IS_CA', message, requestForClientAuth))
  }
  return problems
}
