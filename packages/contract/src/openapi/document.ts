import { pathsOf } from '../match-path.ts'
import type { CredentialRule, Operation, ServiceContract } from '../operation.ts'
import { answerHeaders } from './headers.ts'
import { changeParameters, type Parameter, type ParameterReference, parametersOf } from './parameters.ts'
import { type RequestBodyObject, requestBodyOf } from './request-body.ts'
import { type ResponseObject, responsesOf } from './responses.ts'
import { DocumentSchemas, type JsonSchema } from './schemas.ts'

/** As it is written to docs/openapi. */
export function openApiText(contract: ServiceContract): string {
  return `${JSON.stringify(openApiDocument(contract), undefined, 2)}\n`
}

interface OperationObject {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly description?: string
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
  readonly parameters: readonly (Parameter | ParameterReference)[]
  readonly requestBody?: RequestBodyObject
  readonly responses: Readonly<Record<string, ResponseObject>>
}

/** OpenAPI 3.1. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0'
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly servers: readonly { readonly url: string }[]
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>
    readonly parameters: Readonly<Record<string, Parameter>>
    readonly headers: Readonly<Record<string, object>>
    readonly securitySchemes: Readonly<Record<string, object>>
  }
}

const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', description: 'OAuth 2 access token, bound to accounts and scopes' },
  oauth1: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description: 'OAuth 1.0a with an app key and its secret, HMAC-SHA1 or HMAC-SHA256 (RFC 5849)',
  },
  certificate: {
    type: 'mutualTLS',
    description: 'A client certificate, if the deployment has rules for them and the request has no Authorization',
  },
}

/** The document of a service: nothing but its contract goes into it. */
export function openApiDocument({ name, version, description, operations }: ServiceContract): OpenApiDocument {
  const schemas = new DocumentSchemas()
  const all = Object.values(operations)
  const placed = all.flatMap((operation) => pathsOf(operation).map((path) => ({ path, operation })))
  const byPath = Object.groupBy(placed, ({ path }) => path)
  const paths = Object.fromEntries(
    Object.entries(byPath).map(([path, here = []]) => [
      path,
      Object.fromEntries(
        here.map(({ operation }) => [operation.method.toLowerCase(), operationObject(operation, path, schemas)]),
      ),
    ]),
  )
  const tags = [...new Set(all.map(({ tag }) => tag))].map((tag) => ({ name: tag }))
  return {
    openapi: '3.1.0',
    info: { title: name, version, description },
    servers: [{ url: '/' }],
    tags,
    paths,
    components: {
      schemas: schemas.components,
      parameters: referredTo(changeParameters, 'parameters', paths),
      headers: referredTo(answerHeaders, 'headers', paths),
      securitySchemes,
    },
  }
}

/** The components that something refers to. */
function referredTo<Component>(
  components: Readonly<Record<string, Component>>,
  kind: string,
  paths: object,
): Readonly<Record<string, Component>> {
  const text = JSON.stringify(paths)
  const used = Object.entries(components).filter(([name]) => text.includes(`"#/components/${kind}/${name}"`))
  return Object.fromEntries(used)
}

function operationObject(operation: Operation, path: string, schemas: DocumentSchemas): OperationObject {
  const { id, tag, summary, credentials } = operation
  const kinds = credentials === 'none' ? [] : [...credentials.kinds, 'certificate']
  const requestBody = requestBodyOf(operation, schemas)
  const description = descriptionOf(operation)
  return {
    operationId: path === operation.alsoAt ? `${id}AtAcCommon` : id,
    tags: [tag],
    summary,
    ...(description !== '' && { description }),
    security: kinds.map((kind) => ({ [kind]: [] })),
    parameters: parametersOf(operation, path, schemas),
    ...(requestBody && { requestBody }),
    responses: responsesOf(operation, schemas),
  }
}

function descriptionOf({ description, credentials }: Operation): string {
  return [description, credentials === 'none' ? undefined : scopeText(credentials.scope)]
    .filter((text) => text !== undefined)
    .join('\n\n')
}

function scopeText(scope: CredentialRule['scope']): string {
  return scope === 'any' ? 'Scope: any.' : `Scope: \`${scope}\`.`
}
