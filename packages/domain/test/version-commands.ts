import type { Account, Certificate, CertificateId, Command, CommandContext } from '../src/index.ts'
import {
  completeRequest,
  dropOldPrevious,
  dropPrevious,
  dropStaged,
  promoteStaged,
  requestCertificate,
  rollBack,
  stageVersion,
} from '../src/index.ts'
import { request, uploaded, version } from './account-fixtures.ts'

export type VersionCommand = (context: CommandContext, id: CertificateId) => Command<unknown>

/** Each makes up a version of its own; those that put a version in use take what the account has. */
export function versionCommands(): VersionCommand[] {
  const whole = (wanted: string | undefined) => version(wanted ?? 'none')
  return [
    (c, i) => requestCertificate(c, { id: i, name: `csr-${i}`, request: request(c.changeId) }),
    (c, i) => stageVersion(c, i, uploaded(c.changeId)),
    (c, i) => stageVersion(c, i, request(c.changeId)),
    dropStaged,
    dropPrevious,
    (c) => dropOldPrevious(c, '2026-06-01T00:00:00.000Z'),
    (c, i) => (account) => {
      const version = whole(certificateOf(account, i)?.staged?.versionId)
      return promoteStaged(c, i, { version, force: true })(account)
    },
    (c, i) => (account) => rollBack(c, i, whole(certificateOf(account, i)?.previous?.versionId))(account),
    (c, i) => (account) => {
      const certificate = certificateOf(account, i)
      const place = certificate?.current ? 'staged' : 'certificate'
      const signed = { ...version(c.changeId), keyId: certificate?.staged?.keyId ?? version('none').keyId }
      return completeRequest(c, i, { place, version: signed })(account)
    },
  ]
}

function certificateOf({ certificates }: Account, id: CertificateId): Certificate | undefined {
  return certificates.find((certificate) => certificate.id === id)
}
