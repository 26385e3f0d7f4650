import { CliFailure } from '../cli-failure.ts'
import type { Connection } from '../settings/connection.ts'

/** How many names are told to a user who has mistyped one. */
const shownNames = 10

/** The id that a user gives, or the id of the certificate with that name. @throws CliFailure, ServiceProblem */
export async function certificateId({ configApi, settings }: Connection, idOrName: string): Promise<string> {
  if (/^\d+$/.test(idOrName)) return idOrName
  const { body } = await configApi.listCertificates()
  const found = body.find(({ name }) => name === idOrName)
  if (found) return String(found.id)
  const names = body.slice(0, shownNames).map(({ name }) => `"${name}"`)
  const there =
    names.length === 0 ? 'It has none.' : `It has ${names.join(', ')}${body.length > shownNames ? ', ...' : ''}.`
  throw new CliFailure('refused', `The account ${settings.account} has no certificate "${idOrName}". ${there}`)
}
