import type { AppKey, Certificate, Invitation, Mapping } from '@mtls-gateway/contract'
import type { ApiClient } from '@mtls-gateway/test-kit'
import { answered } from './step-failure.ts'
import type { StepResult } from './steps.ts'

/** What a run of the demo makes, by the names that it gives. */
export const demoNames = {
  certificate: 'demo-client',
  mapping: 'demo-mapping',
  /** A mapping of the same certificate, to a target that wants more. */
  bankMapping: 'demo-bank',
  appKey: 'demo',
  /** Who the printed link invites. */
  invitation: 'npm start',
  /** Certificates to look at, and their mappings. */
  expiring: 'demo-expiring',
  refused: 'demo-refused',
  /** It renews itself while one looks. */
  twoMinutes: 'demo-two-minutes',
} as const

/** Sessions of earlier starts that may go on: an account has at most twenty invitations. */
const keptSessions = 10

/**
 * Deletes what an earlier run left in the account, so that the demo can run again on the same data.
 * @param keptAppKey is not deleted
 * @throws StepFailure for the first one that can't be deleted
 */
export async function removeLeftovers(
  admin: ApiClient,
  account: string,
  keptAppKey: string | undefined,
): Promise<StepResult<void>> {
  const leftovers = await findLeftovers(admin, account, keptAppKey)
  for (const path of leftovers) await answered(200, admin.json('DELETE', path))
  return { result: leftovers.length === 0 ? null : `${leftovers.length} deleted`, value: undefined }
}

/** As paths to delete in that order: a certificate in use can't be deleted. */
async function findLeftovers(
  admin: ApiClient,
  account: string,
  keptAppKey: string | undefined,
): Promise<readonly string[]> {
  const base = `/mtls/account/${account}`
  const [mappings, certificates, appKeys, invitations] = await Promise.all([
    answered(200, admin.json<readonly Mapping[]>('GET', `${base}/mappings`)),
    answered(200, admin.json<readonly Certificate[]>('GET', `${base}/certificates`)),
    answered(200, admin.json<readonly AppKey[]>('GET', `${base}/app-keys`)),
    answered(200, admin.json<readonly Invitation[]>('GET', `${base}/invitations`)),
  ])
  const links = invitations.filter(({ label }) => label === demoNames.invitation)
  const sessions = links.filter(({ redeemedAt }) => redeemedAt !== null).slice(-keptSessions)
  const { certificate, expiring, refused, twoMinutes } = demoNames
  const names: readonly string[] = [certificate, expiring, refused, twoMinutes]
  const ours = certificates.filter(({ name }) => names.includes(name))
  const ids = new Set(ours.map(({ id }) => String(id)))
  return [
    // Also those that the user made for certificates of the demo: they would keep them.
    ...mappings
      .filter(({ name, certificationId }) => name === demoNames.mapping || ids.has(certificationId))
      .map(({ id }) => `${base}/mappings/${id}`),
    ...ours.map(({ id }) => `${base}/certificates/${id}`),
    ...appKeys
      .filter(({ label, appKey }) => label === demoNames.appKey && appKey !== keptAppKey)
      .map(({ appKey }) => `${base}/app-keys/${appKey}`),
    ...links.filter((link) => !sessions.includes(link)).map(({ id }) => `${base}/invitations/${id}`),
  ]
}
