import type { Answer } from '@mtls-gateway/client'
import { CliFailure } from '../cli-failure.ts'
import type { Connection } from './connection.ts'

/** How many names are told to a user who has mistyped one. */
const shownNames = 10

type Query = { readonly search: string } | { readonly sort: 'name'; readonly limit: number }

interface Named {
  readonly id: number
  readonly name: string
}

/** The id that a user gives, or the id of the certificate with that name. @throws CliFailure, ServiceProblem */
export function certificateId({ configApi, settings }: Connection, idOrName: string): Promise<string> {
  return idByName(
    idOrName,
    (query) => configApi.listCertificates({ query }),
    `The account ${settings.account} has no certificate`,
  )
}

/** The id that a user gives, or the id of the mapping with that name. @throws CliFailure, ServiceProblem */
export function mappingId({ configApi, settings }: Connection, idOrName: string): Promise<string> {
  return idByName(
    idOrName,
    (query) => configApi.listMappings({ query }),
    `The account ${settings.account} has no mapping`,
  )
}

async function idByName(
  idOrName: string,
  list: (query: Query) => Promise<Answer<readonly Named[]>>,
  missing: string,
): Promise<string> {
  if (/^\d+$/.test(idOrName)) return idOrName
  // All that have it in their name: a list may be long.
  const { body } = await list({ search: idOrName })
  const [found, ...others] = body.filter(({ name }) => name === idOrName)
  if (found && others.length > 0) {
    // Each name is there once, but made safe for a terminal several may read alike.
    const ids = [found, ...others].map(({ id }) => id).join(', ')
    throw new CliFailure('refused', `Several have names that read like "${idOrName}". Give the id: ${ids}.`)
  }
  if (found) return String(found.id)
  const first = (await list({ sort: 'name', limit: shownNames + 1 })).body
  const names = first.slice(0, shownNames).map(({ name }) => `"${name}"`)
  const there =
    names.length === 0 ? 'It has none.' : `It has ${names.join(', ')}${first.length > shownNames ? ', ...' : ''}.`
  throw new CliFailure('refused', `${missing} "${idOrName}". ${there}`)
}
