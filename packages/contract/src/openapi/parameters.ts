import { headerNames } from '../headers.ts'
import { limits } from '../limits.ts'
import type { Operation } from '../operation.ts'
import { accountPattern, trustNamePattern } from '../schemas/fields.ts'
import type { DocumentSchemas, JsonSchema } from './schemas.ts'

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly description?: string
  readonly schema: JsonSchema
}

export type ParameterReference = { readonly $ref: string }

const id = { type: 'integer', format: 'int64', minimum: 1 }

/** What stands in a path, by its name. */
const pathParameters: Readonly<Record<string, Omit<Parameter, 'name' | 'in' | 'required'>>> = {
  accountId: {
    description: 'The account',
    schema: { type: 'string', pattern: accountPattern, examples: ['le123'] },
  },
  certificateId: { description: 'The id of a certificate', schema: id },
  mappingId: { description: 'The id of a mapping', schema: id },
  path: {
    description:
      'Path below the url of the mapping. It may have slashes: clients that encode them (`%2F`) are refused, and those that take a base url are made for this',
    schema: { type: 'string', examples: ['accounts'] },
  },
  appKey: { description: 'An app key', schema: { type: 'string', examples: ['le123.k7Jw'] } },
  token: {
    description: "The token of a CA's challenge (RFC 8555)",
    schema: { type: 'string', examples: ['DGyRejmCefe7v4NfDGDKfA'] },
  },
  profile: {
    description: 'The name of an issuer, as `GET issuers` lists it',
    schema: { type: 'string', pattern: '^[a-z0-9-]{1,64}$', examples: ['internal'] },
  },
  kid: {
    description: 'The id of a signing key',
    schema: { type: 'string', examples: ['oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U'] },
  },
  trust: {
    description: 'The name of a trust list',
    schema: { type: 'string', pattern: trustNamePattern, examples: ['bank-ca'] },
  },
  noticeId: {
    description: 'The id of a recipient of notices',
    schema: { type: 'string', examples: ['kVw7tEn0ZJqf3v0gkWq2mU'] },
  },
  approvalId: {
    description: 'The id of a request for approval',
    schema: { type: 'string', examples: ['pV3x9QmZ0aVbLr5uYw2JcA'] },
  },
  handoverId: {
    description: 'The id of a handover',
    schema: { type: 'string', examples: ['kT3x9QmZ0aVbLr5uYw2JcA'] },
  },
  invitationId: {
    description: 'The id of an invitation',
    schema: { type: 'string', examples: ['kT3x9QmZ0aVbLr5uYw2JcA'] },
  },
}

/** What every change takes; components of each document. */
export const changeParameters = {
  [headerNames.ifMatch]: {
    name: headerNames.ifMatch,
    in: 'header',
    required: false,
    description:
      'An `ETag` that was read: the change is refused with 412 if there is another one by now. For one certificate or mapping it is that of its own, else that of the account',
    schema: { type: 'string', examples: ['"12"'] },
  },
  [headerNames.idempotencyKey]: {
    name: headerNames.idempotencyKey,
    in: 'header',
    required: false,
    description:
      'Visible ASCII. The same request with the same key is not made twice, while its change is among the last 200 of the account: it gets the same status, with the present state of what it made. What is gone by then is `{"id", "deleted": true}`; a secret or a signing request is not shown again',
    schema: { type: 'string', minLength: 1, maxLength: limits.idempotencyKey, pattern: '^[\\x21-\\x7e]+$' },
  },
} as const satisfies Record<string, Parameter>

const references = Object.keys(changeParameters).map((name) => ({ $ref: `#/components/parameters/${name}` }))

/** The parameters of an operation at one of its paths. */
export function parametersOf(
  operation: Operation,
  path: string,
  schemas: DocumentSchemas,
): readonly (Parameter | ParameterReference)[] {
  const names = path.split('/').flatMap((segment) => (segment.startsWith('{') ? [segment.slice(1, -1)] : []))
  return [
    ...names.map((name) => pathParameter(name)),
    ...queryParameters(operation, schemas),
    ...(path === operation.alsoAt ? [originalVersion] : []),
    ...Object.entries(operation.headers ?? {}).map(
      ([name, { description, required = false, values, pattern }]): Parameter => ({
        name,
        in: 'header',
        required,
        description,
        schema: {
          type: 'string',
          ...(required && { minLength: 1 }),
          ...(values && { enum: values }),
          ...(pattern && { pattern }),
        },
      }),
    ),
    ...(operation.changes ? references : []),
  ]
}

const originalVersion: Parameter = {
  name: 'v',
  in: 'query',
  required: false,
  description: 'Of the original API; not looked at',
  schema: { type: 'string', examples: ['3.0'] },
}

function pathParameter(name: string): Parameter {
  const known = pathParameters[name]
  if (!known) throw new TypeError(`nothing is known of the path parameter ${name}`)
  return { name, in: 'path', required: true, ...known }
}

function queryParameters({ query }: Operation, schemas: DocumentSchemas): readonly Parameter[] {
  if (!query) return []
  const { properties = {}, required = [] } = schemas.ofRequest(query) as {
    properties?: Record<string, JsonSchema & { description?: string }>
    required?: readonly string[]
  }
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(description !== undefined && { description }),
    schema,
  }))
}
